// See list_users_http.hpp.
#include "services/users/list_users_http.hpp"

#include "services/users/query_text.hpp"

namespace esm::users {

namespace {

constexpr std::size_t prefix_max_bytes = 254;  // of an e-mail address

// What a username or an e-mail address may hold: a search for anything else is a mistake.
bool is_prefix(std::string_view text) {
    constexpr std::string_view marks = ".!#$%&'*+/=?^_`{|}~@-";
    return !text.empty() && text.size() <= prefix_max_bytes &&
           std::all_of(text.begin(), text.end(), [&](unsigned char c) {
               return std::isalnum(c) != 0 || marks.find(static_cast<char>(c)) != std::string_view::npos;
           });
}

result<user_search::filter> read_filter(const http::request& call) {
    user_search::filter which;
    if (const auto prefix = call.query_param("q")) {
        if (!is_prefix(*prefix)) return bad_parameter("q", "begins no username and no e-mail address");
        which.prefix = name_key(*prefix);
    }
    if (const auto role = call.query_param("role")) {
        if (*role != "user" && *role != "admin") return bad_parameter("role", "must be user or admin");
        which.role = *role;
    }
    if (const auto state = call.query_param("state")) {
        if (*state != "active" && *state != "locked") {
            return bad_parameter("state", "must be active or locked");
        }
        which.state = *state;
    }
    const auto from = read_instant(call, "createdAfter", which.created_from);
    if (!from) return from.error();
    const auto before = read_instant(call, "createdBefore", which.created_before);
    if (!before) return before.error();
    which.created_from = *from;
    which.created_before = *before;
    return which;
}

}  // namespace

awaitable<result<http::response>> get_users(list_users_http& deps, http::request& call) {
    const auto query =
        http::check_query(call, {"q", "role", "state", "createdAfter", "createdBefore", "limit", "cursor"});
    if (!query) co_return query.error();
    const auto which = read_filter(call);
    if (!which) co_return which.error();
    const auto where = read_user_page(call, *which);
    if (!where) co_return where.error();
    const auto page = co_await list_users(deps.database, *which, *where, call.ctx.until);
    boost::json::array users;
    users.reserve(page.users.size());
    for (const auto& each : page.users) users.emplace_back(to_admin_json(each));
    co_return http::page_reply(call, "users", std::move(users), page.next_cursor);
}

}  // namespace esm::users
