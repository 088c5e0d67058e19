// See follow_users.hpp.
#include "services/auth/follow_users.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/http/idempotency.hpp"
#include "services/auth/second_factor.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

// Before the user's tokens end for good: whoever logs in with what was known before is refused.
constexpr std::int64_t no_epoch = std::numeric_limits<std::int64_t>::max();

bool ends_tokens(std::string_view event_type) {
    return event_type == "user.password_changed.v1" || event_type == "user.locked.v1" ||
           event_type == "user.roles_changed.v1";
}

result<std::int64_t> integer_member(const boost::json::object& entity, std::string_view name) {
    const auto* found = entity.if_contains(name);
    if (found != nullptr && found->is_int64()) return found->get_int64();
    return fail(errc::malformed_request, fmt::format("the event has no {}", name));
}

// What follows has the event's cause and correlation.
trace_context follow_up(const events::event& cause) {
    trace_context trace;
    trace.correlation_id = cause.correlation_id;
    trace.causation_id = cause.id;
    trace.traceparent = cause.traceparent;
    return trace;
}

}  // namespace

awaitable<result<void>> follow_users::apply(db::transaction& tx, const events::event& cause) const {
    const bool deleted = cause.type == "user.deleted.v1";
    if (!deleted && !ends_tokens(cause.type)) co_return result<void>();
    const auto entity = json::parse_object(cause.data);
    if (!entity) co_return entity.error();
    const auto user_id = integer_member(*entity, "userId");
    if (!user_id) co_return user_id.error();
    if (deleted) {
        co_await erase(tx, *user_id, follow_up(cause));
        co_return result<void>();
    }
    const auto epoch = integer_member(*entity, "credentialEpoch");
    if (!epoch) co_return epoch.error();
    const std::string_view type = cause.type;
    const auto reason = type.substr(0, type.rfind(".v"));
    co_await ending_.below_epoch(tx, *user_id, *epoch, reason, follow_up(cause));
    co_return result<void>();
}

awaitable<void> follow_users::erase(db::transaction& tx, std::int64_t user_id, const trace_context& trace)
    const {
    co_await ending_.below_epoch(tx, user_id, no_epoch, "user.deleted", trace);
    tx.exec(sql::delete_session_of_user, user_id);
    tx.exec(sql::delete_api_keys_of_user, user_id);
    second_factor::remove(tx, user_id);
    tx.exec(sql::delete_mfa_challenge_of_user, user_id);
    principal gone;
    gone.user_id = user_id;
    http::forget_answers(tx, http::idempotency_caller(gone));
}

}  // namespace esm::auth
