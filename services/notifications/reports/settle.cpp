// See settle.hpp.
#include "services/notifications/reports/settle.hpp"

#include "services/notifications/events.hpp"

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

}  // namespace esm::notifications
