// See settle.hpp.
#include "services/notifications/reports/settle.hpp"

#include "services/notifications/events.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {

void settle_delivered(db::transaction& tx, notification sent, instant_us now) {
    sent.status = status::delivered;
    sent.version += 1;
    sent.delivered_at = now;
    report_store::settle(tx, sent);
}

void settle_bounced(db::transaction& tx, outbox::outbox& outbox, notification sent, std::string why) {
    sent.status = status::bounced;
    sent.version += 1;
    sent.error_message = std::move(why);
    report_store::settle(tx, sent);
    outbox.append(tx, {notification_ended(sent)});
}

void settle(
    db::transaction& tx, outbox::outbox& outbox, const notification& sent, const report_store::report& told
) {
    const auto now = now_us();
    if (told.became == status::delivered) {
        settle_delivered(tx, sent, now);
        return;
    }
    settle_bounced(tx, outbox, sent, told.why);
    if (!told.recipient_gone) return;
    const auto until = now + std::chrono::microseconds(suppressed_for).count();
    suppression_store::add(tx, {sent.channel, sent.recipient, "bounced: " + told.why, until, now});
}

}  // namespace esm::notifications
