// See events.hpp.
#include "services/users/events.hpp"

namespace esm::users {

namespace {

events::event about(
    const user& who, std::string_view type, const boost::json::object& data, const trace_context& trace
) {
    return events::make_event(
        user_topic,
        type,
        "/users",
        std::to_string(who.user_id),
        who.version,
        boost::json::serialize(data),
        trace
    );
}

boost::json::object entity(const user& who) {
    auto all = to_admin_json(who);
    all["credentialEpoch"] = who.credential_epoch;
    return all;
}

}  // namespace

events::event user_registered(const user& registered, const trace_context& trace) {
    return about(registered, "user.registered.v1", entity(registered), trace);
}

events::event user_updated(const user& changed, const trace_context& trace) {
    return about(changed, "user.updated.v1", entity(changed), trace);
}

events::event user_email_verified(const user& changed, const trace_context& trace) {
    return about(changed, "user.email_verified.v1", entity(changed), trace);
}

events::event user_password_changed(
    const user& changed, std::string_view reason, const trace_context& trace
) {
    auto data = entity(changed);
    data["reason"] = reason;
    return about(changed, "user.password_changed.v1", data, trace);
}

events::event user_locked(const user& changed, const trace_context& trace) {
    return about(changed, "user.locked.v1", entity(changed), trace);
}

events::event user_unlocked(const user& changed, const trace_context& trace) {
    return about(changed, "user.unlocked.v1", entity(changed), trace);
}

events::event user_roles_changed(const user& changed, const trace_context& trace) {
    return about(changed, "user.roles_changed.v1", entity(changed), trace);
}

events::event user_code_requested(
    const user& who, const challenge& opened, const std::string& key_id, const trace_context& trace
) {
    const bool resets = opened.purpose == challenge_purpose::password_reset;
    const boost::json::object data{
        {"userId", who.user_id},
        {"username", who.username},
        {"firstName", who.first_name},
        {"locale", boost::json::value_from(who.locale)},
        {"email", opened.email},
        {"purpose", to_text(opened.purpose)},
        {"challengeId", opened.challenge_id},
        {"keyId", key_id},
        {"expiresAt", format_instant(opened.expires_at)},
    };
    const auto* type = resets ? "user.password_reset_requested.v1" : "user.verification_requested.v1";
    return about(who, type, data, trace);
}

events::event user_deleted(const user& gone, instant_us at, const trace_context& trace) {
    return about(
        gone, "user.deleted.v1", {{"userId", gone.user_id}, {"deletedAt", format_instant(at)}}, trace
    );
}

}  // namespace esm::users
