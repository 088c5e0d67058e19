// See partitions.hpp.
#include "services/tasks/partitions.hpp"

#include <algorithm>

#include "platform/base/clock.hpp"
#include "platform/observe/log.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;
constexpr auto drop_every = 10min;
constexpr std::int64_t span_min = 1'000'000;  // ids of a partition
constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;
constexpr std::size_t deleted_a_round_max = 5000;

}  // namespace

awaitable<void> partitions::keep() {
    if (database_.kind() == db::dialect::postgres) {
        co_await begin_day();
        co_await keep_ahead();
    }
    if (std::chrono::steady_clock::now() < drop_due_) co_return;
    drop_due_ = deadline_in(drop_every);
    if (database_.kind() == db::dialect::postgres) co_await drop_old();
    co_await delete_old();
}

// A new day's ids begin with a new partition, so that a partition grows old as a whole.
awaitable<void> partitions::begin_day() {
    const auto today = now_us() / day_us;
    if (today == day_) co_return;
    co_await database_.transact(deadline_in(patience), [today](db::transaction& tx) -> awaitable<bool> {
        co_await tx.query(sql::open_partition, today);
        const auto moved = co_await tx.query(sql::begin_partition_day, today);
        if (!moved.empty())
            observe::log(observe::level::info, "a new day of tasks", {{"firstId", moved.front().integer(0)}});
        co_return true;
    });
    day_ = today;
}

awaitable<void> partitions::keep_ahead() {
    const auto found =
        co_await database_.query(deadline_in(patience), sql::measure_partitions, now_us() - day_us);
    const auto left = found.front().integer(0);
    // As large as what was used of late in a day, so that a busy day has few.
    const auto a_day = found.front().integer(1);
    const auto span = std::max(span_min, (a_day + span_min - 1) / span_min * span_min);
    if (left >= 2 * span) co_return;
    co_await database_.transact(deadline_in(patience), [span](db::transaction& tx) -> awaitable<bool> {
        co_await tx.query(sql::lock_partitions);
        co_await tx.query(sql::add_partition, span);
        co_return true;
    });
}

awaitable<void> partitions::drop_old() {
    const auto cutoff = now_us() - std::chrono::microseconds(retention_).count();
    const auto old = co_await database_.query(deadline_in(patience), sql::find_old_partitions, cutoff);
    for (const auto& each : old) {
        const auto name = each.text(0);
        try {
            co_await database_.transact(deadline_in(patience), [&](db::transaction& tx) -> awaitable<bool> {
                co_await tx.query(sql::lock_partitions);
                // Whoever holds the table for long makes us come again, not the others wait behind us.
                co_await tx.query(sql::limit_lock_wait);
                const auto over = co_await tx.query(sql::partition_is_over, name, cutoff);
                if (!over.front().boolean(0)) co_return false;
                co_await tx.query(sql::drop_partition_links, each.integer(1), cutoff);
                co_await tx.query(sql::drop_partition, name);
                observe::log(observe::level::info, "old tasks dropped", {{"partition", name}});
                co_return true;
            });
        } catch (const db::query_failed& busy) {
            observe::log(
                observe::level::info,
                "a partition of old tasks is in use, and dropped later",
                {{"partition", name}, {"why", std::string(busy.what())}}
            );
        }
    }
}

// SQLite's way, and for the few that share a partition with a task that has not ended.
awaitable<void> partitions::delete_old() {
    const auto cutoff = now_us() - std::chrono::microseconds(retention_).count();
    co_await database_.transact(deadline_in(patience), [cutoff](db::transaction& tx) -> awaitable<bool> {
        std::vector<std::int64_t> ids;
        for (const auto& row : co_await tx.query(sql::find_old_tasks, cutoff, deleted_a_round_max)) {
            ids.push_back(row.integer(0));
        }
        if (!ids.empty()) task_store::remove(tx, std::move(ids));
        co_return true;
    });
}

}  // namespace esm::tasks
