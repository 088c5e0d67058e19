// See notification_row.hpp.
#include "services/notifications/notification_row.hpp"

#include <stdexcept>

namespace esm::notifications {

notification read_notification(const db::row& from) {
    notification read;
    read.notification_id = from.integer(0);
    read.user_id = from.integer(1);
    read.channel = from.text(2);
    read.event_id = from.text(3);
    read.event_type = from.text(4);
    read.recipient = from.text(5);
    read.subject = from.text(6);
    const auto known = parse_status(from.view(7));
    if (!known) throw std::runtime_error("a notification has an unknown status");
    read.status = *known;
    read.attempts = from.integer(8);
    read.refusals = from.integer(9);
    read.error_message = from.optional_text(10);
    read.created_at = from.integer(11);
    read.sent_at = from.optional_integer(12);
    read.correlation_id = from.text(13);
    read.traceparent = from.text(14);
    read.version = from.integer(15);
    read.critical = from.boolean(16);
    read.items = from.integer(17);
    read.deliver_at = from.optional_integer(18);
    read.provider_id = from.optional_text(19);
    read.delivered_at = from.optional_integer(20);
    read.read_at = from.optional_integer(21);
    read.content = from.optional_text(22);
    read.resend_of = from.optional_integer(23);
    read.about_user_id = from.optional_integer(24);
    return read;
}

}  // namespace esm::notifications
