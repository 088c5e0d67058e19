// See lease.hpp. Where PostgreSQL moves rows between the tables in one statement, SQLite copies and then
// deletes them: its write transactions exclude each other anyway.
#include "platform/lease/lease.hpp"

#include <unordered_map>

#include "platform/lease/concurrency_key.hpp"
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

held read_held(const db::row& from) {
    return {
        from.integer(0),
        from.integer(1),
        from.text(2),
        from.text(3),
        from.integer(4),
        static_cast<std::int32_t>(from.integer(5)),
        from.integer(6),
        from.boolean(7)
    };
}

void append(claimed& to, const db::rows& found) {
    for (const auto& row : found) {
        to.items.push_back(read_held(row));
        to.ranks.push_back(row.integer(8));
    }
}

void collect_keys(const db::rows& found, std::size_t column, db::text_list& into) {
    for (const auto& row : found) {
        if (auto key = row.optional_text(column)) into.push_back(std::move(*key));
    }
}

ended read_hold(const db::row& from, std::size_t first) {
    return {
        from.integer(first),
        from.integer(first + 1),
        from.integer(first + 2),
        from.integer(first + 3),
        from.boolean(first + 4),
        from.text(first + 5)
    };
}

std::vector<pulse> read_pulses(const std::vector<held>& items, const db::rows& found) {
    std::unordered_map<std::int64_t, pulse> alive;
    for (const auto& row : found) {
        const auto held = row.boolean(2) ? pulse::busy : pulse::ok;
        alive[row.integer(0)] = row.boolean(1) ? pulse::cancel : held;
    }
    std::vector<pulse> pulses;
    pulses.reserve(items.size());
    for (const auto& each : items) {
        const auto answer = alive.find(each.id);
        pulses.push_back(answer == alive.end() ? pulse::lost : answer->second);
    }
    return pulses;
}

}  // namespace

void enqueue(db::transaction& tx, std::vector<work> items) {
    if (items.empty()) return;
    db::integer_list ids, tenants, priorities, run_at, limits;
    db::text_list pools, queues, wanted;
    db::nullable_texts concurrency_keys;
    for (auto* each : {&ids, &tenants, &priorities, &run_at, &limits}) each->reserve(items.size());
    for (auto* each : {&pools, &queues}) each->reserve(items.size());
    concurrency_keys.reserve(items.size());
    for (auto& each : items) {
        ids.push_back(each.id);
        pools.push_back(std::move(each.pool));
        queues.push_back(std::move(each.queue));
        tenants.push_back(each.tenant);
        priorities.push_back(each.priority);
        run_at.push_back(each.run_at);
        limits.push_back(each.concurrency_limit);
        if (each.concurrency_key) wanted.push_back(*each.concurrency_key);
        concurrency_keys.push_back(std::move(each.concurrency_key));
    }
    tx.exec_bulk(
        sql::enqueue,
        {std::move(ids),
         std::move(pools),
         std::move(queues),
         std::move(tenants),
         std::move(priorities),
         std::move(run_at),
         std::move(concurrency_keys),
         std::move(limits)}
    );
    grant_places(tx, std::move(wanted));
}

awaitable<std::vector<lane>> survey(
    db::database& source,
    const std::string& pool,
    std::int64_t after_tenant,
    std::size_t limit,
    deadline until
) {
    const auto found = co_await source.query(until, sql::survey, pool, after_tenant, limit);
    std::vector<lane> lanes;
    lanes.reserve(found.size());
    for (const auto& row : found) {
        // Its work may have been taken since the statement saw the lane.
        const auto rank = row.optional_integer(3).value_or(lane{}.rank);
        lanes.push_back({row.text(0), row.integer(1), row.boolean(2), rank, 0});
    }
    co_return lanes;
}

awaitable<claimed> claim(
    db::transaction& tx,
    const std::string& pool,
    const std::vector<lane>& lanes,
    std::chrono::milliseconds duration,
    const std::string& owner,
    bool limits_locked
) {
    claimed taken;
    const bool at_once = tx.kind() == db::dialect::postgres;
    const std::size_t a_statement = at_once ? lanes.size() : 1;
    for (std::size_t first = 0; first < lanes.size(); first += a_statement) {
        db::text_list queues;
        db::integer_list tenants, ranks, wanted;
        for (std::size_t i = first; i < first + a_statement; ++i) {
            queues.push_back(lanes[i].queue);
            tenants.push_back(lanes[i].tenant);
            ranks.push_back(lanes[i].rank);
            wanted.push_back(lanes[i].wanted);
        }
        const auto found = co_await tx.query(
            sql::claim,
            pool,
            std::move(queues),
            std::move(tenants),
            std::move(ranks),
            std::move(wanted),
            microseconds(duration),
            owner,
            limits_locked
        );
        append(taken, found);
    }
    if (!at_once && !taken.items.empty()) tx.exec(sql::drop_claimed, keys(taken.items).ids);
    co_return taken;
}

void put_back(db::transaction& tx, const std::vector<held>& items, std::vector<std::int64_t> ranks) {
    if (items.empty()) return;
    const keys given(items);
    tx.exec(sql::put_back, given.ids, std::move(ranks));
    if (tx.kind() == db::dialect::sqlite) tx.exec(sql::drop_held, given.ids);
}

awaitable<std::vector<pulse>> heartbeat(
    db::transaction& tx,
    std::vector<held> items,
    std::vector<std::int64_t> progress,
    std::chrono::milliseconds duration
) {
    if (items.empty()) co_return std::vector<pulse>{};
    keys given(items);
    const auto found = co_await tx.query(
        sql::heartbeat,
        std::move(given.ids),
        std::move(given.tokens),
        std::move(progress),
        microseconds(duration)
    );
    co_return read_pulses(items, found);
}

awaitable<std::vector<pulse>> look(db::database& source, std::vector<held> items, deadline until) {
    keys given(items);
    co_return read_pulses(
        items, co_await source.query(until, sql::find_held, std::move(given.ids), std::move(given.tokens))
    );
}

std::vector<std::optional<ended>> read_ended(
    const std::vector<held>& items, const db::rows& found, db::text_list& freed
) {
    // One process may hold two tokens of an item: a lost one and its successor.
    struct hold {
        std::int64_t token;
        ended was;
    };
    std::unordered_map<std::int64_t, hold> by_id;
    by_id.reserve(found.size());
    for (const auto& row : found) by_id[row.integer(0)] = {row.integer(8), read_hold(row, 1)};
    collect_keys(found, 7, freed);
    std::vector<std::optional<ended>> answers;
    answers.reserve(items.size());
    for (const auto& each : items) {
        const auto at = by_id.find(each.id);
        if (at == by_id.end() || at->second.token != each.token) {
            answers.emplace_back();
        } else {
            answers.emplace_back(std::move(at->second.was));
        }
    }
    return answers;
}

namespace {

// Grants the places of the keys at once where the caller does not collect them.
std::vector<std::optional<ended>> end_holds(
    db::transaction& tx, const std::vector<held>& items, const db::rows& found, db::text_list* freed
) {
    db::text_list mine;
    auto answers = read_ended(items, found, freed ? *freed : mine);
    grant_places(tx, std::move(mine));
    return answers;
}

}  // namespace

awaitable<std::vector<std::optional<ended>>> complete(
    db::transaction& tx, std::vector<held> items, db::text_list* freed
) {
    if (items.empty()) co_return std::vector<std::optional<ended>>{};
    keys given(items);
    const auto found = co_await tx.query(sql::complete, std::move(given.ids), std::move(given.tokens));
    co_return end_holds(tx, items, found, freed);
}

awaitable<std::vector<std::optional<ended>>> release(
    db::transaction& tx,
    std::vector<held> items,
    std::vector<std::chrono::milliseconds> delays,
    db::text_list* freed
) {
    if (items.empty()) co_return std::vector<std::optional<ended>>{};
    const keys given(items);
    db::integer_list waits;
    for (const auto each : delays) waits.push_back(microseconds(each));
    auto found = co_await tx.query(sql::release, given.ids, given.tokens, std::move(waits));
    if (tx.kind() == db::dialect::sqlite) {
        found = co_await tx.query(sql::complete, given.ids, given.tokens);
    }
    co_return end_holds(tx, items, found, freed);
}

// A claim or a rescue may move the row from one table to the other between our two looks, hence two rounds.
awaitable<cancel_outcome> cancel(db::transaction& tx, std::int64_t id) {
    for (int round = 0; round < 2; ++round) {
        const auto waiting = co_await tx.query(sql::cancel_ready, id);
        if (!waiting.empty()) {
            db::text_list freed;
            collect_keys(waiting, 1, freed);
            grant_places(tx, std::move(freed));
            co_return cancel_outcome::removed;
        }
        const auto running = co_await tx.query(sql::cancel_held, id);
        if (!running.empty()) co_return cancel_outcome::requested;
    }
    co_return cancel_outcome::absent;
}

// The third for those that were given back between the first two; a claim only moves the other way.
awaitable<void> drop(db::transaction& tx, std::vector<std::int64_t> ids) {
    if (ids.empty()) co_return;
    db::text_list freed;
    collect_keys(co_await tx.query(sql::drop_ready, ids), 0, freed);
    collect_keys(co_await tx.query(sql::drop_held, ids), 0, freed);
    collect_keys(co_await tx.query(sql::drop_ready, ids), 0, freed);
    grant_places(tx, std::move(freed));
}

awaitable<std::vector<rescued>> rescue(db::transaction& tx, std::size_t limit) {
    const auto found = co_await tx.query(sql::rescue, limit);
    std::vector<rescued> saved;
    std::vector<held> items;
    for (const auto& row : found) {
        saved.push_back({read_held(row), read_hold(row, 9)});
        items.push_back(saved.back().item);
    }
    if (tx.kind() == db::dialect::sqlite && !items.empty()) {
        const std::vector<std::chrono::milliseconds> at_once(items.size());
        co_await release(tx, items, at_once);
    }
    co_return saved;
}

awaitable<std::vector<std::int64_t>> promote(db::transaction& tx, std::size_t limit) {
    const auto found = co_await tx.query(sql::promote, limit);
    db::text_list wanted;
    collect_keys(found, 1, wanted);
    grant_places(tx, std::move(wanted));
    std::vector<std::int64_t> ids;
    ids.reserve(found.size());
    for (const auto& row : found) ids.push_back(row.integer(0));
    co_return ids;
}

awaitable<std::optional<std::chrono::microseconds>> next_due(db::database& source, deadline until) {
    const auto found = co_await source.query(until, sql::next_due);
    if (found.empty()) co_return std::nullopt;
    co_return std::chrono::microseconds(found.front().integer(0));
}

}  // namespace esm::lease
