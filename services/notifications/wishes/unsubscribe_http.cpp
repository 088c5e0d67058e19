// See unsubscribe_http.hpp. Whoever has the link may unsubscribe; nobody is told more than the link says.
#include "services/notifications/wishes/unsubscribe_http.hpp"

#include "platform/http/cursor.hpp"
#include "platform/http/form.hpp"
#include "platform/http/multipart.hpp"
#include "services/notifications/wishes/unsubscribe.hpp"
#include "services/notifications/wishes/unsubscribe_page.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view field_name = "List-Unsubscribe";
constexpr std::string_view one_click = "One-Click";
constexpr std::size_t token_max_bytes = 512;

page_language language_of(const http::request& call) {
    return choose_language(call.header("accept-language"));
}

http::response page_reply(const http::request& call, unsigned status, std::string page) {
    static const std::string policy = page_policy();
    auto reply = http::text_reply(status, std::move(page), "text/html; charset=utf-8");
    reply.headers.emplace_back("Content-Language", language_of(call) == page_language::german ? "de" : "en");
    reply.headers.emplace_back("Content-Security-Policy", policy);
    reply.headers.emplace_back("Referrer-Policy", "no-referrer");  // the address is the permission
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

// For people a page, for programs a problem document.
result<http::response> refused(const http::request& call, const error& why) {
    if (!asks_for_page(call.header("accept"))) return why;
    const auto in = language_of(call);
    const bool wrong_link = why.code == errc::invalid_token || why.code == errc::malformed_request;
    auto page = wrong_link ? page_of_wrong_link(in) : page_of_failure(call.ctx.trace.request_id, in);
    auto problem = http::problem_reply(why, call);
    auto reply = page_reply(call, problem.status, std::move(page));
    std::move(problem.headers.begin(), problem.headers.end(), std::back_inserter(reply.headers));
    return reply;
}

result<unsubscription> read_token(const notifications_http& deps, const http::request& call) {
    if (const auto query = http::check_query(call, {"token"}); !query) return query.error();
    const auto token = call.query_param("token").value_or("");
    if (token.empty()) return http::bad_parameter("token", "required", "This query parameter is required");
    if (token.size() > token_max_bytes) {
        return http::bad_parameter(
            "token", "too_long", fmt::format("At most {} characters", token_max_bytes)
        );
    }
    return open_unsubscribe_token(deps.key, token);
}

// The value of the one field that counts; nothing where it is missing.
result<std::optional<std::string>> read_multipart(const http::request& call, const std::string& boundary) {
    http::multipart_reader parts(boundary);
    parts.feed(call.body);
    std::optional<std::string> found;
    for (;;) {
        const auto next = parts.next();
        if (!next) return next.error();
        using event = http::multipart_reader::event;
        if (*next == event::end) return found;
        if (*next == event::need_more) return fail(errc::malformed_request, "the form has no end");
        if (*next == event::part && parts.name() == field_name) found.emplace();
        if (*next != event::data) continue;
        auto data = parts.take_data();
        if (parts.name() == field_name) *found += data;
    }
}

// The request itself is the wish, so that no body is needed; one that says something else is a mistake.
result<void> check_body(const http::request& call) {
    if (call.body.empty()) return {};
    const auto boundary = http::multipart_boundary(call.header("content-type"));
    if (!boundary) return boundary.error();
    std::optional<std::string> said;
    if (*boundary) {
        const auto read = read_multipart(call, **boundary);
        if (!read) return read.error();
        said = *read;
    } else {
        const auto read = http::form::read(call);
        if (!read) return read.error();
        said = read->value(field_name);
    }
    if (!said || *said == one_click) return {};
    auto wrong = fail(errc::malformed_request, "1 field is wrong");
    wrong.fields.push_back({"/List-Unsubscribe", "not_allowed", "Must be One-Click"});
    return wrong;
}

}  // namespace

awaitable<result<http::response>> get_unsubscribe(notifications_http& deps, http::request& call) {
    const auto of = read_token(deps, call);
    if (!of) co_return refused(call, of.error());
    co_return page_reply(call, 200, page_to_confirm(*of, language_of(call)));
}

awaitable<result<http::response>> post_unsubscribe(notifications_http& deps, http::request& call) {
    const auto of = read_token(deps, call);
    if (!of) co_return refused(call, of.error());
    if (const auto body = check_body(call); !body) co_return refused(call, body.error());
    std::optional<error> failure;
    try {
        co_await unsubscribe(deps.database, *of, call.ctx.until);
    } catch (const db::unavailable&) {
        failure = fail(errc::unavailable, "the database cannot be reached");
    }
    if (failure) co_return refused(call, *failure);
    co_return page_reply(call, 200, page_when_done(*of, language_of(call)));
}

}  // namespace esm::notifications
