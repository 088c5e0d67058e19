// See session_http.hpp.
#include "services/auth/session_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/http/idempotency.hpp"
#include "services/auth/paging.hpp"
#include "services/auth/token_json.hpp"

namespace esm::auth {

namespace {

result<std::string> decode_refresh_token(const http::request& call) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    json::decoder from(*body);
    auto token = from.text("refreshToken", {1, 256});
    if (auto problem = from.finish()) return *problem;
    return token;
}

boost::json::object session_json(const session& shown, const principal& caller) {
    return {
        {"sessionId", shown.session_id},
        {"createdAt", format_instant(shown.created_at)},
        {"lastUsedAt", format_instant(shown.last_used_at)},
        {"expiresAt", format_instant(shown.expires_at)},
        {"userAgent", shown.user_agent},
        {"address", shown.address},
        {"mfa", shown.mfa},
        {"current", shown.session_id == caller.session_id},
    };
}

}  // namespace

awaitable<result<http::response>> post_refresh(refresh_tokens& deps, http::request& call) {
    const auto token = decode_refresh_token(call);
    if (!token) co_return token.error();
    const auto issued = co_await deps.run(call.ctx, *token);
    if (!issued) co_return issued.error();
    co_return http::json_reply(200, token_json(*issued));
}

awaitable<result<http::response>> post_logout(logout& deps, http::request& call) {
    const auto token = decode_refresh_token(call);
    if (!token) co_return token.error();
    const auto done = co_await deps.run(call.ctx, *token);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

result<std::int64_t> person_of(const principal& caller) {
    if (caller.kind == credential::session) return caller.user_id;
    return fail(errc::forbidden, "this needs the token of a login, not an API key or a client's token");
}

awaitable<result<http::response>> get_sessions(session_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto user_id = person_of(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto where = read_timed_page(call, "sessions");
    if (!where) co_return where.error();
    auto found = co_await session_store::list(
        deps.database, *user_id, {where->after.at, where->after.id}, where->limit + 1, call.ctx.until
    );
    const auto next = next_place(found, where->limit, [](const session& last) {
        return timed_place{last.created_at, last.session_id};
    });
    boost::json::array sessions;
    for (const auto& each : found) sessions.push_back(session_json(each, *call.ctx.caller));
    co_return page_reply(call, "sessions", "sessions", std::move(sessions), next);
}

awaitable<result<http::response>> delete_session(session_http& deps, http::request& call) {
    const auto user_id = person_of(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const std::string session_id(call.path_param("id"));
    const auto ended = co_await deps.ending.one(call.ctx, session_id, *user_id, "ended_by_user");
    if (!ended) co_return ended.error();
    if (!*ended) co_return fail(errc::not_found);
    co_return http::response{204, {}, {}, {}};
}

awaitable<result<http::response>> delete_sessions(session_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"except"}); !query) co_return query.error();
    const auto user_id = person_of(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto except = call.query_param("except");
    if (except && *except != "current") {
        co_return http::bad_parameter("except", "enum", "can only be current");
    }
    const auto kept = except ? call.ctx.caller->session_id : std::string();
    const auto done = co_await deps.ending.all(call.ctx, *user_id, kept);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

awaitable<result<http::response>> post_rotate(rotation_http& deps, http::request& call) {
    const auto rotate = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await deps.keys.rotate(call.ctx, tx);
        if (!made) co_return made.error();
        co_return http::json_reply(
            201,
            {{"keyId", made->key_id},
             {"state", "published"},
             {"activatesAt", format_instant(made->activates_at)}}
        );
    };
    co_return co_await http::run_once(deps.database, call, rotate);
}

awaitable<result<http::response>> get_jwks(const key_ring& deps, http::request&) {
    const auto keys = deps.jwks();
    if (!keys) co_return keys.error();
    auto reply = http::json_text_reply(200, *keys);
    reply.headers.emplace_back("Cache-Control", "max-age=300");
    co_return reply;
}

}  // namespace esm::auth
