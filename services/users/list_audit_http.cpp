// See list_audit_http.hpp.
#include "services/users/list_audit_http.hpp"

#include "services/users/query_text.hpp"

namespace esm::users {

namespace {

constexpr std::size_t action_max_bytes = 64;

bool is_action(std::string_view text) {
    return !text.empty() && text.size() <= action_max_bytes &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return (c >= 'a' && c <= 'z') || c == '_' || c == '.';
           });
}

result<audit_filter> read_filter(const http::request& call) {
    const auto subject = read_user_id(call, "subject");
    if (!subject) return subject.error();
    const auto actor = read_user_id(call, "actor");
    if (!actor) return actor.error();
    audit_filter which{*subject, *actor, {}};
    if (const auto action = call.query_param("action")) {
        if (!is_action(*action)) return bad_parameter("action", "must be an action like user.locked");
        which.action = *action;
    }
    return which;
}

}  // namespace

awaitable<result<http::response>> get_audit(list_audit_http& deps, http::request& call) {
    const auto query = http::check_query(call, {"subject", "actor", "action", "limit", "cursor"});
    if (!query) co_return query.error();
    const auto which = read_filter(call);
    if (!which) co_return which.error();
    const auto where = http::read_page(call, filter_text(*which), audit_keys);
    if (!where) co_return where.error();
    const auto page = co_await list_audit(deps.database, *which, *where, call.ctx.until);
    boost::json::array entries;
    for (const auto& each : page.entries) entries.emplace_back(to_json(each));
    co_return http::page_reply(call, "entries", std::move(entries), page.next_cursor);
}

}  // namespace esm::users
