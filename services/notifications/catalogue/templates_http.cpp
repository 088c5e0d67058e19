// See templates_http.hpp.
#include "services/notifications/catalogue/templates_http.hpp"

#include <limits>

#include "platform/http/cursor.hpp"
#include "services/notifications/catalogue/conditions.hpp"
#include "services/notifications/catalogue/template_requests.hpp"

namespace esm::notifications {

namespace {

namespace bj = boost::json;

// A page that came out of somebody's template runs nothing, sends nothing and reads nothing of ours; pictures
// are shown, since mails have them.
constexpr std::string_view page_policy =
    "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'";

manage_templates managing(const notifications_http& deps) {
    return {deps.database, deps.texts, deps.settings.public_url};
}

manage_templates::check_before condition_of(const http::request& call) {
    return [&call](std::optional<std::int64_t> in_force) { return check_condition(call, in_force); };
}

void add_origin(bj::object& shown, const template_version& of) {
    shown["version"] = of.version;
    shown["shipped"] = of.version == 0;
    shown["createdAt"] = nullptr;
    shown["createdBy"] = nullptr;
    if (of.version > 0) shown["createdAt"] = format_instant(of.created_at);
    if (of.created_by > 0) shown["createdBy"] = of.created_by;
}

bj::value parts_json(const template_version& of) {
    if (!of.parts) return nullptr;
    bj::object parts;
    for (const auto& [name, text] : *of.parts) parts[name] = text;
    return parts;
}

http::response template_reply(unsigned status, const shown_template& shown) {
    bj::object body{
        {"eventType", shown.of.event_type}, {"channel", shown.of.channel}, {"locale", shown.of.locale}
    };
    add_origin(body, shown.what);
    body["parts"] = parts_json(shown.what);
    body["fields"] = bj::value_from(shown.names);
    auto reply = http::json_reply(status, {{"template", std::move(body)}});
    reply.headers.emplace_back("ETag", http::etag(shown.what.version));
    return reply;
}

bool wants_page(const http::request& call) {
    return call.header("accept").find("text/html") != std::string_view::npos;
}

bj::value text_or_null(const std::string& text) {
    return text.empty() ? bj::value(nullptr) : bj::value(bj::string(text));
}

}  // namespace

awaitable<result<http::response>> get_templates(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {"eventType"}); !known) co_return known.error();
    const auto event_type = read_event_type(call);
    if (!event_type) co_return event_type.error();
    bj::array listed;
    for (const auto& each : co_await managing(deps).list(*event_type, call.ctx.until)) {
        listed.push_back(bj::object{
            {"eventType", each.of.event_type},
            {"channel", each.of.channel},
            {"locale", each.of.locale},
            {"version", each.version},
            {"shipped", each.version == 0},
        });
    }
    co_return http::json_reply(200, {{"templates", std::move(listed)}});
}

awaitable<result<http::response>> get_template(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {"version"}); !known) co_return known.error();
    const auto version = read_version(call);
    if (!version) co_return version.error();
    const auto of = read_template_key(call);
    if (!of) co_return of.error();
    const auto found = co_await managing(deps).find(*of, *version, call.ctx.until);
    if (!found) co_return found.error();
    co_return template_reply(200, *found);
}

awaitable<result<http::response>> get_template_versions(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {"limit", "cursor"}); !known) co_return known.error();
    const auto list_name = fmt::format(
        "versions of {} {} {}",
        call.path_param("eventType"),
        call.path_param("channel"),
        call.path_param("locale")
    );
    const auto page = http::read_page(call, list_name, 1);
    if (!page) co_return page.error();
    const auto of = read_template_key(call);
    if (!of) co_return of.error();
    const auto before = page->after.empty() ? std::numeric_limits<std::int64_t>::max() : page->after.front();
    const auto limit = static_cast<std::size_t>(page->limit);
    // One more than asked for tells whether another page follows.
    auto found = co_await managing(deps).list_versions(*of, before, limit + 1, call.ctx.until);
    if (!found) co_return found.error();
    const bool more = found->size() > limit;
    if (more) found->resize(limit);
    bj::array listed;
    for (const auto& each : *found) {
        bj::object shown;
        add_origin(shown, each);
        shown.erase("shipped");
        shown["takenBack"] = !each.parts;
        listed.push_back(std::move(shown));
    }
    std::string cursor;
    if (more) cursor = http::make_cursor({found->back().version}, list_name);
    co_return http::page_reply(call, "versions", std::move(listed), cursor);
}

awaitable<result<http::response>> put_template(notifications_http& deps, http::request& call) {
    const auto parts = read_parts_body(call);
    if (!parts) co_return parts.error();
    const auto of = read_template_key(call);
    if (!of) co_return of.error();
    const auto done = co_await managing(deps).save(call.ctx, *of, *parts, condition_of(call));
    if (!done) co_return done.error();
    co_return template_reply(done->is_new ? 201 : 200, done->now);
}

awaitable<result<http::response>> delete_template(notifications_http& deps, http::request& call) {
    const auto of = read_template_key(call);
    if (!of) co_return of.error();
    const auto done = co_await managing(deps).remove(call.ctx, *of, condition_of(call));
    if (!done) co_return done.error();
    http::response gone;
    gone.status = 204;
    co_return gone;
}

awaitable<result<http::response>> post_template_preview(notifications_http& deps, http::request& call) {
    const auto wish = read_preview_body(call);
    if (!wish) co_return wish.error();
    const auto of = read_template_key(call);
    if (!of) co_return of.error();
    auto shown = co_await managing(deps).preview(*of, *wish, call.ctx.until);
    if (!shown) co_return shown.error();
    if (wants_page(call) && !shown->html.empty()) {
        auto page = http::text_reply(200, std::move(shown->html), "text/html; charset=utf-8");
        page.headers.emplace_back("Content-Security-Policy", page_policy);
        page.headers.emplace_back("Vary", "Accept");
        co_return page;
    }
    auto reply = http::json_reply(
        200,
        {{"subject", text_or_null(shown->subject)}, {"text", shown->text}, {"html", text_or_null(shown->html)}
        }
    );
    reply.headers.emplace_back("Vary", "Accept");
    co_return reply;
}

}  // namespace esm::notifications
