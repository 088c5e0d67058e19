// See events.hpp.
#include "services/auth/events.hpp"

#include <boost/json.hpp>

#include "platform/security/sealed.hpp"

namespace esm::auth {

namespace {

constexpr std::string_view source = "/auth";

boost::json::object describe(const session& shown) {
    return {
        {"sessionId", shown.session_id},
        {"userId", shown.user_id},
        {"username", shown.username},
        {"occurredAt", format_instant(now_us())},
    };
}

events::event session_event(
    std::string_view type, const session& about, const boost::json::object& data, const trace_context& trace
) {
    return events::make_event(
        auth_topic, type, source, about.session_id, about.version, boost::json::serialize(data), trace
    );
}

}  // namespace

events::event login_succeeded(const session& opened, const trace_context& trace) {
    auto data = describe(opened);
    data["expiresAt"] = format_instant(opened.expires_at);
    // Notifications tells the user of a place that is new.
    data["userAgent"] = opened.user_agent;
    data["address"] = opened.address;
    return session_event("auth.login_succeeded.v1", opened, data, trace);
}

events::event login_failed(const std::string& identifier_hash, const trace_context& trace) {
    const boost::json::object data{
        {"identifierHash", identifier_hash},
        {"reason", info(errc::invalid_credentials).name},
        {"occurredAt", format_instant(now_us())},
    };
    return events::make_event(
        auth_topic, "auth.login_failed.v1", source, identifier_hash, 0, boost::json::serialize(data), trace
    );
}

events::event session_revoked(const session& ended, std::string_view reason, const trace_context& trace) {
    auto data = describe(ended);
    data["reason"] = reason;
    return session_event("auth.session_revoked.v1", ended, data, trace);
}

events::event key_rotated(const rotation& next, const trace_context& trace) {
    const boost::json::object data{
        {"keyId", next.key_id}, {"activatesAt", format_instant(next.activates_at)}
    };
    return events::make_event(
        auth_topic, "auth.key_rotated.v1", source, next.key_id, 1, boost::json::serialize(data), trace
    );
}

events::event refresh_reuse_detected(const session& of, const trace_context& trace) {
    return session_event("auth.refresh_reuse_detected.v1", of, describe(of), trace);
}

}  // namespace esm::auth
