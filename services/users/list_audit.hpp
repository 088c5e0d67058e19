// Reading the audit, for administrators: newest first, by keyset, of one subject, actor or kind of action.
#pragma once

#include "platform/db/database.hpp"
#include "platform/http/cursor.hpp"
#include "services/users/audit.hpp"

namespace esm::users {

struct audit_filter {
    std::int64_t subject_id{0};  // 0: anybody
    std::int64_t actor_id{0};    // 0: anybody
    std::string action;          // empty: any
};

struct audit_page {
    std::vector<audit_entry> entries;
    std::string next_cursor;  // empty on the last page
};

// How many numbers a cursor holds: the instant and the id of an entry.
inline constexpr std::size_t audit_keys = 2;

// The canonical text of a filter: a cursor of another one is refused.
std::string filter_text(const audit_filter& which);

awaitable<audit_page> list_audit(
    db::database& source, const audit_filter& which, const http::page& where, deadline until
);

boost::json::object to_json(const audit_entry& shown);

}  // namespace esm::users
