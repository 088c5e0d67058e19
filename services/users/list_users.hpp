// Searching accounts, for administrators: by the beginning of a name or e-mail address, role, state and age,
// by keyset. The cursor is the place of the last account that the page before looked at.
#pragma once

#include "platform/http/cursor.hpp"
#include "services/users/user.hpp"
#include "services/users/user_search.hpp"

namespace esm::users {

struct user_page {
    std::vector<user> users;
    std::string next_cursor;  // empty on the last page
};

// The canonical text of a filter: a cursor of another one is refused.
std::string filter_text(const user_search::filter& which);

// The page that a request asks for: `limit` and `cursor`.
result<http::page> read_user_page(const http::request& from, const user_search::filter& which);

awaitable<user_page> list_users(
    db::database& source, const user_search::filter& which, const http::page& where, deadline until
);

}  // namespace esm::users
