// See take_sms_report.hpp.
#include "services/notifications/reports/take_sms_report.hpp"

#include <algorithm>
#include <array>

#include "services/notifications/reports/settle.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {

namespace {

// Twilio's "Error and warning dictionary": an unknown number, a landline. Others pass, as a phone that is
// switched off (30003) does.
constexpr std::array<std::uint32_t, 2> codes_of_no_phone{30005, 30006};

bool is_no_phone(const sms_report& told) {
    return told.error_code &&
           std::find(codes_of_no_phone.begin(), codes_of_no_phone.end(), *told.error_code) !=
               codes_of_no_phone.end();
}

std::string words_of(const sms_report& told) {
    const auto* what = told.status == sms_status::failed ? "the provider could not send it"
                                                         : "the carrier could not deliver it";
    return told.error_code ? fmt::format("{}: error {}", what, *told.error_code) : std::string(what);
}

void bounce(db::transaction& tx, outbox::outbox& outbox, const notification& sent, const sms_report& told) {
    settle_bounced(tx, outbox, sent, words_of(told));
    if (!is_no_phone(told)) return;
    const auto now = now_us();
    const auto until = now + std::chrono::microseconds(suppressed_for).count();
    suppression_store::add(tx, {sent.channel, sent.recipient, "bounced: " + words_of(told), until, now});
}

}  // namespace

awaitable<void> take_sms_report(
    db::database& database, outbox::outbox& outbox, const sms_report& told, deadline until
) {
    const bool delivered = told.status == sms_status::delivered;
    const bool came_back = told.status == sms_status::undelivered || told.status == sms_status::failed;
    if (!delivered && !came_back) co_return;
    co_await database.transact(until, [&](db::transaction& tx) -> awaitable<bool> {
        const auto sent = co_await report_store::lock_sent(tx, "sms", told.provider_id);
        if (!sent) co_return false;
        if (delivered) {
            settle_delivered(tx, *sent, now_us());
        } else {
            bounce(tx, outbox, *sent, told);
        }
        co_return true;
    });
}

}  // namespace esm::notifications
