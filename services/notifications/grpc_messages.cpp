// See grpc_messages.hpp.
#include "services/notifications/grpc_messages.hpp"

namespace esm::notifications {

namespace proto = ::eventstreammonitor::notifications::v1;

namespace {

proto::NotificationStatus to_proto(status shown) {
    switch (shown) {
        case status::pending:
            return proto::NOTIFICATION_STATUS_PENDING;
        case status::sending:
            return proto::NOTIFICATION_STATUS_SENDING;
        case status::retrying:
            return proto::NOTIFICATION_STATUS_RETRYING;
        case status::sent:
            return proto::NOTIFICATION_STATUS_SENT;
        case status::delivered:
            return proto::NOTIFICATION_STATUS_DELIVERED;
        case status::bounced:
            return proto::NOTIFICATION_STATUS_BOUNCED;
        case status::failed:
            return proto::NOTIFICATION_STATUS_FAILED;
        case status::suppressed:
            return proto::NOTIFICATION_STATUS_SUPPRESSED;
        case status::skipped:
            return proto::NOTIFICATION_STATUS_SKIPPED;
    }
    return proto::NOTIFICATION_STATUS_UNSPECIFIED;
}

}  // namespace

void fill(proto::Notification& into, const notification& from) {
    into.set_notification_id(from.notification_id);
    into.set_user_id(from.user_id);
    into.set_channel(from.channel);
    into.set_event_type(from.event_type);
    into.set_recipient(shown_recipient(from));
    into.set_subject(from.subject);
    into.set_status(to_proto(from.status));
    into.set_attempts(static_cast<std::int32_t>(from.attempts));
    if (from.error_message) into.set_error_message(*from.error_message);
    into.set_created_at_us(from.created_at);
    if (from.sent_at) into.set_sent_at_us(*from.sent_at);
    into.set_correlation_id(from.correlation_id);
    into.set_critical(from.critical);
    into.set_items(from.items);
    if (from.deliver_at) into.set_scheduled_at_us(*from.deliver_at);
    if (from.delivered_at) into.set_delivered_at_us(*from.delivered_at);
    if (from.read_at) into.set_read_at_us(*from.read_at);
    if (from.channel == "in_app") into.set_title(from.subject);
    if (const auto body = inbox_body(from)) into.set_body(*body);
    if (from.resend_of) into.set_resend_of(*from.resend_of);
}

void fill(proto::Attempt& into, const attempt& from) {
    into.set_number(static_cast<std::int32_t>(from.number));
    into.set_started_at_us(from.started_at);
    into.set_finished_at_us(from.finished_at);
    into.set_outcome(from.outcome);
    if (from.outcome != "sent") into.set_error_message(from.answer);
    into.set_provider(from.provider);
}

}  // namespace esm::notifications
