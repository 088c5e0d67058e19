// See notification.hpp.
#include "services/notifications/notification.hpp"

namespace esm::notifications {

namespace {

constexpr std::array<std::pair<status, std::string_view>, 9> status_names{{
    {status::pending, "pending"},
    {status::sending, "sending"},
    {status::retrying, "retrying"},
    {status::sent, "sent"},
    {status::delivered, "delivered"},
    {status::bounced, "bounced"},
    {status::failed, "failed"},
    {status::suppressed, "suppressed"},
    {status::skipped, "skipped"},
}};

boost::json::value optional_value(const std::optional<std::string>& text) {
    if (!text) return nullptr;
    return boost::json::string(*text);
}

boost::json::value optional_id(const std::optional<std::int64_t>& id) {
    if (!id) return nullptr;
    return *id;
}

boost::json::value optional_instant(const std::optional<instant_us>& instant) {
    if (!instant) return nullptr;
    return boost::json::string(format_instant(*instant));
}

}  // namespace

std::string_view to_text(status shown) {
    for (const auto& [value, name] : status_names) {
        if (value == shown) return name;
    }
    return {};
}

std::optional<status> parse_status(std::string_view text) {
    for (const auto& [value, name] : status_names) {
        if (name == text) return value;
    }
    return std::nullopt;
}

bool is_final(status reached) {
    return reached != status::pending && reached != status::sending && reached != status::retrying;
}

bool is_channel(std::string_view text) {
    return std::find(channel_names.begin(), channel_names.end(), text) != channel_names.end();
}

trace_context trace_of(const notification& shown) {
    return {{}, shown.correlation_id, shown.event_id, shown.traceparent};
}

std::string shown_recipient(const notification& shown) {
    if (shown.channel == "webhook") return "webhook " + shown.recipient;
    if (shown.channel == "push") return "device " + shown.recipient;
    return shown.recipient;
}

std::optional<std::string> inbox_body(const notification& shown) {
    if (!shown.content) return std::nullopt;
    const auto content = boost::json::parse(*shown.content).as_object();
    for (const auto* name : {"body", "text"}) {
        if (const auto* found = content.if_contains(name)) return std::string(found->as_string());
    }
    return std::nullopt;
}

boost::json::object to_json(const notification& shown) {
    return {
        {"notificationId", shown.notification_id},
        {"userId", shown.user_id == 0 ? boost::json::value() : boost::json::value(shown.user_id)},
        {"channel", shown.channel},
        {"eventType", shown.event_type},
        {"recipient", shown_recipient(shown)},
        {"subject", shown.subject},
        {"status", to_text(shown.status)},
        {"attempts", shown.attempts},
        {"errorMessage", optional_value(shown.error_message)},
        {"createdAt", format_instant(shown.created_at)},
        {"sentAt", optional_instant(shown.sent_at)},
        {"correlationId", shown.correlation_id},
        {"critical", shown.critical},
        {"items", shown.items},
        {"scheduledAt", optional_instant(shown.deliver_at)},
        {"deliveredAt", optional_instant(shown.delivered_at)},
        {"readAt", optional_instant(shown.read_at)},
        {"title", shown.channel == "in_app" ? boost::json::value(shown.subject) : boost::json::value()},
        {"body", optional_value(inbox_body(shown))},
        {"resendOf", optional_id(shown.resend_of)},
    };
}

boost::json::object to_json(const attempt& shown) {
    boost::json::value message = nullptr;
    if (shown.outcome != "sent") message = boost::json::string(shown.answer);
    return {
        {"number", shown.number},
        {"startedAt", format_instant(shown.started_at)},
        {"finishedAt", format_instant(shown.finished_at)},
        {"outcome", shown.outcome},
        {"errorMessage", std::move(message)},
        {"provider", shown.provider},
    };
}

}  // namespace esm::notifications
