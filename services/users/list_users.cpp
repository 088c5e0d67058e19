// See list_users.hpp.
#include "services/users/list_users.hpp"

#include "services/users/user_store.hpp"

namespace esm::users {

namespace {

constexpr std::size_t age_keys = 2;  // the instant of creation and the id

}  // namespace

std::string filter_text(const user_search::filter& which) {
    // No part can hold a semicolon.
    return fmt::format(
        "{};{};{};{};{}", which.prefix, which.role, which.state, which.created_from, which.created_before
    );
}

result<http::page> read_user_page(const http::request& from, const user_search::filter& which) {
    const auto filter = filter_text(which);
    return user_search::is_by_name(which) ? http::read_named_page(from, filter)
                                          : http::read_page(from, filter, age_keys);
}

awaitable<user_page> list_users(
    db::database& source, const user_search::filter& which, const http::page& where, deadline until
) {
    user_search::place after;
    after.name = where.after_name;
    if (where.after.size() == age_keys) {
        after.created_at = where.after[0];
        after.user_id = where.after[1];
    }
    const auto limit = static_cast<std::size_t>(where.limit);
    const auto found = co_await user_search::find(source, which, after, limit, until);
    user_page page;
    auto users = co_await user_store::find_many(source, found.user_ids, until);
    page.users.reserve(users.size());
    // An account that was deleted meanwhile is left out.
    for (const auto id : found.user_ids) {
        const auto is_less = [](const user& each, std::int64_t sought) { return each.user_id < sought; };
        const auto at = std::lower_bound(users.begin(), users.end(), id, is_less);
        if (at != users.end() && at->user_id == id) page.users.push_back(std::move(*at));
    }
    if (found.more) {
        const auto filter = filter_text(which);
        page.next_cursor = user_search::is_by_name(which)
                               ? http::make_named_cursor(found.last.name, filter)
                               : http::make_cursor({found.last.created_at, found.last.user_id}, filter);
    }
    co_return page;
}

}  // namespace esm::users
