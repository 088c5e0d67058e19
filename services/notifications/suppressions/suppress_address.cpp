// See suppress_address.hpp.
#include "services/notifications/suppressions/suppress_address.hpp"

#include "services/notifications/reports/settle.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {

namespace {

bool is_to(const notification& sent, const suppress_request& asked) {
    return sent.channel == asked.channel && normal_address(sent.recipient) == normal_address(asked.address);
}

std::string words_of(const suppress_request& asked) {
    return asked.reason == "complained" ? "complained: the recipient does not want it"
                                        : "bounced: the message came back";
}

}  // namespace

awaitable<suppressed_address> suppress_address(
    db::transaction& tx, outbox::outbox& outbox, const suppress_request& asked
) {
    const auto now = now_us();
    const auto until = now + std::chrono::microseconds(asked.lasts).count();
    const suppression given{asked.channel, normal_address(asked.address), asked.reason, until, now};
    suppression_store::add(tx, given);
    suppressed_address done;
    if (asked.notification_id) {
        auto sent = co_await report_store::lock_sent(tx, *asked.notification_id);
        done.notification_bounced = sent && is_to(*sent, asked);
        if (done.notification_bounced) settle_bounced(tx, outbox, std::move(*sent), words_of(asked));
    }
    done.in_force = (co_await suppression_store::find(tx, asked.channel, asked.address, now)).value_or(given);
    co_return done;
}

}  // namespace esm::notifications
