// See list_audit.hpp.
#include "services/users/list_audit.hpp"

#include <limits>

#include "services/users/sql.hpp"

namespace esm::users {

namespace {

audit_entry read_entry(const db::row& from) {
    audit_entry read;
    read.entry_id = from.integer(0);
    read.at = from.integer(1);
    read.actor_id = from.optional_integer(2);
    read.client_id = from.optional_text(3);
    read.action = from.text(4);
    read.subject_id = from.integer(5);
    read.details = boost::json::parse(from.view(6)).as_object();
    read.request_id = from.text(7);
    return read;
}

// Each by the index that narrows most.
awaitable<db::rows> query(
    db::database& source,
    const audit_filter& which,
    instant_us at,
    std::int64_t entry_id,
    std::int64_t rows,
    deadline until
) {
    if (which.subject_id != 0) {
        co_return co_await source.query(
            until,
            sql::list_audit_of_subject,
            at,
            entry_id,
            rows,
            which.subject_id,
            which.actor_id,
            which.action
        );
    }
    if (which.actor_id != 0) {
        co_return co_await source.query(
            until, sql::list_audit_by_actor, at, entry_id, rows, which.actor_id, which.action
        );
    }
    if (!which.action.empty()) {
        co_return co_await source.query(until, sql::list_audit_by_action, at, entry_id, rows, which.action);
    }
    co_return co_await source.query(until, sql::list_audit, at, entry_id, rows);
}

}  // namespace

std::string filter_text(const audit_filter& which) {
    return fmt::format("{};{};{}", which.subject_id, which.actor_id, which.action);
}

awaitable<audit_page> list_audit(
    db::database& source, const audit_filter& which, const http::page& where, deadline until
) {
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    const bool first = where.after.size() != audit_keys;
    const auto rows = co_await query(
        source,
        which,
        first ? newest : where.after[0],
        first ? newest : where.after[1],
        where.limit + 1,  // one more tells whether a page follows
        until
    );
    audit_page page;
    for (const auto& row : rows) {
        if (page.entries.size() == static_cast<std::size_t>(where.limit)) {
            const auto& last = page.entries.back();
            page.next_cursor = http::make_cursor({last.at, last.entry_id}, filter_text(which));
            break;
        }
        page.entries.push_back(read_entry(row));
    }
    co_return page;
}

boost::json::object to_json(const audit_entry& shown) {
    boost::json::object entry{
        {"entryId", std::to_string(shown.entry_id)},
        {"at", format_instant(shown.at)},
        {"actorId", nullptr},
        {"clientId", nullptr},
        {"action", shown.action},
        {"subjectId", shown.subject_id},
        {"details", shown.details},
        {"requestId", shown.request_id},
    };
    if (shown.actor_id) entry["actorId"] = *shown.actor_id;
    if (shown.client_id) entry["clientId"] = *shown.client_id;
    return entry;
}

}  // namespace esm::users
