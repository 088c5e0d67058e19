// The tasks in TASK_PROCESSING: the only place that names the service's queries. Stateless; every call takes
// the caller's transaction or database.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/lease/lease.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks::task_store {

// Queues the rows in the caller's transaction: no round trip of its own.
void insert(db::transaction& tx, const std::vector<const task*>& added);

awaitable<std::optional<task>> find(db::database& source, std::int64_t id, deadline until);
// In any order; unknown ids are left out.
awaitable<std::vector<task>> find_many(db::database& source, std::vector<std::int64_t> ids, deadline until);

awaitable<std::vector<task>> load(db::transaction& tx, std::vector<std::int64_t> ids);
// The same for those whose leases `owner` has just claimed in this transaction. Of tasks that have ended the
// leases end here.
awaitable<std::vector<task>> load_claimed(
    db::transaction& tx, const std::vector<lease::held>& items, const std::string& owner
);

// Reads rows that no worker holds and keeps others from changing them until the transaction ends; in order of
// id. A lease is taken before its task, everywhere, so that nobody waits for each other.
awaitable<std::vector<task>> lock(db::transaction& tx, std::vector<std::int64_t> ids);
// Writes what may change of the rows: status, progress, outcome, attempts, instants, version, worker; and
// reads which of them are followed.
awaitable<void> save(db::transaction& tx, std::span<task> changed);

struct completion {
    lease::ended hold;
    bool followed{false};  // other tasks wait for the task
};
// Ends the leases and writes the tasks as complete, each with its result; one answer an item, nothing where
// the token does not hold any more and nothing was changed.
awaitable<std::vector<std::optional<completion>>> complete(
    db::transaction& tx,
    std::vector<lease::held> items,
    std::vector<std::optional<std::string>> results,
    db::text_list& freed  // keys whose places are to be granted
);
// What was scheduled or retrying is pending.
void promote(db::transaction& tx, std::vector<std::int64_t> ids);

struct filter {
    std::optional<std::int64_t> user_id;  // unset: all users
    std::optional<task_status> status;
    std::optional<task_priority> priority;
    std::string type, queue, tag;  // empty: any
    instant_us created_from{0};
    instant_us created_before{std::numeric_limits<instant_us>::max()};
};

// A task's place in a list: replicas give ids out of blocks of their own, so the age comes first.
struct place {
    instant_us created_at{std::numeric_limits<instant_us>::max()};
    std::int64_t id{std::numeric_limits<std::int64_t>::max()};
    auto operator<=>(const place&) const = default;
};

struct listing {
    std::vector<task> tasks;
    bool more{false};  // others stand behind them
};

// Newest first, those behind `after`: at most `limit`, and at most about page_max_bytes of parameters and
// results. Results over carried_result_max_bytes stay in the database (result_omitted).
awaitable<listing> list(
    db::database& source, const filter& which, place after, std::size_t limit, deadline until
);

// How many items of the lease queue may be claimed or will be, up to 10,000.
awaitable<std::int64_t> count_waiting(db::database& source, std::string_view lease_queue, deadline until);

void add_known_user(db::transaction& tx, std::int64_t user_id, instant_us registered_at);
void remove_known_user(db::transaction& tx, std::int64_t user_id);

// Up to `limit` of the user's tasks, in any order.
awaitable<std::vector<std::int64_t>> ids_of_user(
    db::transaction& tx, std::int64_t user_id, std::size_t limit
);
void remove(db::transaction& tx, std::vector<std::int64_t> ids);

}  // namespace esm::tasks::task_store
