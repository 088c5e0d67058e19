// See lease.hpp. Where PostgreSQL moves rows between the tables in one statement, SQLite copies and then
// deletes them: its write transactions exclude each other anyway.
#include "platform/lease/lease.hpp"

#include <unordered_map>
#include <unordered_set>

#include "platform/lease/sql.hpp"

namespace esm::lease {

namespace {

std::int64_t microseconds(std::chrono::milliseconds duration) {
    return std::chrono::microseconds(duration).count();
}

struct keys {
    explicit keys(const std::vector<held>& items) {
        ids.reserve(items.size());
        tokens.reserve(items.size());
        for (const auto& each : items) {
            ids.push_back(each.id);
            tokens.push_back(each.token);
        }
    }
    db::integer_list ids, tokens;
};

std::vector<held> read_held(const db::rows& found) {
    std::vector<held> items;
    items.reserve(found.size());
    for (const auto& row : found) {
        items.push_back(
            {row.integer(0), row.integer(1), row.text(2), static_cast<std::int32_t>(row.integer(3))}
        );
    }
    return items;
}

}  // namespace

void enqueue(db::transaction& tx, std::vector<work> items) {
    if (items.empty()) return;
    db::integer_list ids, priorities, run_at;
    db::text_list queues;
    for (auto* each : {&ids, &priorities, &run_at}) each->reserve(items.size());
    queues.reserve(items.size());
    for (auto& each : items) {
        ids.push_back(each.id);
        queues.push_back(std::move(each.queue));
        priorities.push_back(each.priority);
        run_at.push_back(each.run_at);
    }
    tx.exec_bulk(sql::enqueue, {std::move(ids), std::move(queues), std::move(priorities), std::move(run_at)});
}

awaitable<std::vector<held>> claim(
    db::transaction& tx,
    std::vector<std::string> queues,
    std::size_t limit,
    std::chrono::milliseconds duration,
    std::string owner
) {
    if (queues.empty() || limit == 0) co_return std::vector<held>{};
    // One queue's best are the first of the index; only several must be sorted.
    const auto found =
        queues.size() == 1
            ? co_await tx.query(sql::claim, queues.front(), limit, microseconds(duration), owner)
            : co_await tx.query(sql::claim_many, queues, limit, microseconds(duration), owner);
    auto items = read_held(found);
    if (tx.kind() == db::dialect::sqlite && !items.empty()) tx.exec(sql::drop_claimed, keys(items).ids);
    co_return items;
}

awaitable<std::vector<pulse>> heartbeat(
    db::transaction& tx, std::vector<held> items, std::chrono::milliseconds duration
) {
    if (items.empty()) co_return std::vector<pulse>{};
    const keys given(items);
    const auto found = co_await tx.query(sql::heartbeat, given.ids, given.tokens, microseconds(duration));
    std::unordered_map<std::int64_t, pulse> alive;
    for (const auto& row : found) alive[row.integer(0)] = row.boolean(1) ? pulse::cancel : pulse::ok;
    std::vector<pulse> pulses;
    pulses.reserve(items.size());
    for (const auto& each : items) {
        const auto answer = alive.find(each.id);
        pulses.push_back(answer == alive.end() ? pulse::lost : answer->second);
    }
    co_return pulses;
}

awaitable<std::vector<bool>> complete(db::transaction& tx, std::vector<held> items) {
    if (items.empty()) co_return std::vector<bool>{};
    const keys given(items);
    const auto found = co_await tx.query(sql::complete, given.ids, given.tokens);
    std::unordered_set<std::int64_t> ended;
    for (const auto& row : found) ended.insert(row.integer(0));
    std::vector<bool> answers;
    answers.reserve(items.size());
    for (const auto& each : items) answers.push_back(ended.contains(each.id));
    co_return answers;
}

awaitable<bool> release(
    db::transaction& tx, held item, std::int32_t priority, std::chrono::milliseconds delay
) {
    const auto found = co_await tx.query(sql::release, item.id, item.token, priority, microseconds(delay));
    if (found.empty()) co_return false;
    if (tx.kind() == db::dialect::sqlite) {
        tx.exec(sql::complete, db::integer_list{item.id}, db::integer_list{item.token});
    }
    co_return true;
}

// A claim or a rescue may move the row from one table to the other between our two looks, hence two rounds.
awaitable<cancel_outcome> cancel(db::transaction& tx, std::int64_t id) {
    for (int round = 0; round < 2; ++round) {
        const auto waiting = co_await tx.query(sql::cancel_ready, id);
        if (!waiting.empty()) co_return cancel_outcome::removed;
        const auto running = co_await tx.query(sql::cancel_held, id);
        if (!running.empty()) co_return cancel_outcome::requested;
    }
    co_return cancel_outcome::absent;
}

// The third for those that were given back between the first two; a claim only moves the other way.
void drop(db::transaction& tx, const std::vector<std::int64_t>& ids) {
    if (ids.empty()) return;
    tx.exec(sql::drop_claimed, ids);
    tx.exec(sql::drop_held, ids);
    tx.exec(sql::drop_claimed, ids);
}

awaitable<std::vector<held>> rescue(db::transaction& tx, std::size_t limit) {
    const auto found = co_await tx.query(sql::rescue, limit);
    auto items = read_held(found);
    if (tx.kind() == db::dialect::sqlite && !items.empty()) {
        keys given(items);
        tx.exec(sql::complete, std::move(given.ids), std::move(given.tokens));
    }
    co_return items;
}

}  // namespace esm::lease
