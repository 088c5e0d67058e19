// See user_search.hpp.
#include "services/users/user_search.hpp"

#include "services/users/sql.hpp"

namespace esm::users::user_search {

namespace {

// Keys hold printable ASCII alone: this is greater than all that may follow a prefix, and the other less.
constexpr char after_all = '\x7f';
constexpr char before_all = '\x01';

// Columns of every statement: the id, its place, whether it fits, how many were looked at so far.
found read_page(const db::rows& rows, bool by_name, std::size_t limit) {
    found page;
    for (const auto& row : rows) {
        const bool fits = row.boolean(2);
        page.more = row.integer(3) == looked_at_max;
        if (fits && page.user_ids.size() == limit) {
            page.more = true;
            break;
        }
        page.last.user_id = row.integer(0);
        if (by_name) {
            page.last.name = row.text(1);
        } else {
            page.last.created_at = row.integer(1);
        }
        if (fits) page.user_ids.push_back(row.integer(0));
    }
    return page;
}

awaitable<db::rows> query_by_name(
    db::database& source, const filter& which, const place& after, std::int64_t rows, deadline until
) {
    co_return co_await source.query(
        until,
        sql::list_accounts_by_name,
        after.name.empty() ? which.prefix : after.name + before_all,
        which.prefix,
        which.prefix + after_all,
        looked_at_max,
        rows,
        which.state,
        which.role,
        which.created_from,
        which.created_before
    );
}

awaitable<db::rows> query_by_age(
    db::database& source, const filter& which, const place& after, std::int64_t rows, deadline until
) {
    // What was created before an instant stands before the least id of that instant.
    const bool cut = which.created_before <= after.created_at;
    const auto created_at = cut ? which.created_before : after.created_at;
    const std::int64_t user_id = cut ? 0 : after.user_id;
    const bool rare = which.role == "admin" || which.state == "locked";
    if (!rare) {
        co_return co_await source.query(
            until,
            sql::list_accounts_by_age,
            created_at,
            user_id,
            which.created_from,
            looked_at_max,
            rows,
            which.state,
            which.role
        );
    }
    const auto& by_rareness = which.role == "admin" ? sql::list_administrators : sql::list_locked_accounts;
    co_return co_await source.query(
        until,
        by_rareness,
        created_at,
        user_id,
        which.created_from,
        looked_at_max,
        rows,
        which.state,
        which.role,
        which.prefix,
        which.prefix + after_all
    );
}

}  // namespace

bool is_by_name(const filter& which) {
    return !which.prefix.empty() && which.role != "admin" && which.state != "locked";
}

awaitable<found> find(
    db::database& source, const filter& which, const place& after, std::size_t limit, deadline until
) {
    const bool by_name = is_by_name(which);
    const auto rows = static_cast<std::int64_t>(limit) + 1;  // one more tells whether a page follows
    const auto query = by_name ? query_by_name : query_by_age;
    co_return read_page(co_await query(source, which, after, rows, until), by_name, limit);
}

}  // namespace esm::users::user_search
