// The last word on a notification that was sent: its recipient has it, or it came back. Written in the
// caller's transaction; stateless.
#pragma once

#include <string>

#include "platform/outbox/outbox.hpp"
#include "services/notifications/reports/report_store.hpp"

namespace esm::notifications {

// No event: notification.sent.v1 has told what others need to know.
void settle_delivered(db::transaction& tx, notification sent, instant_us now);

// With notification.failed.v1.
void settle_bounced(db::transaction& tx, outbox::outbox& outbox, notification sent, std::string why);

// As its provider tells it; an address that is none is left alone for a while.
void settle(
    db::transaction& tx, outbox::outbox& outbox, const notification& sent, const report_store::report& told
);

}  // namespace esm::notifications
