// See queues.hpp; also the claims that heed a queue's limits (lease.hpp).
#include "platform/lease/queues.hpp"

#include <algorithm>

#include "platform/lease/lease.hpp"
#include "platform/lease/sql.hpp"

namespace esm::lease {

namespace {

constexpr std::int64_t minute_us = 60'000'000;
// A queue that was idle may begin this much at once: one second's worth of its rate, and at least one item.
constexpr std::int64_t burst_us = 1'000'000;

// The generic cell rate algorithm (ITU-T I.371): `next_at` moves one interval for each item that begins.
struct rate_limit {
    std::int64_t interval_us, next_at, now;

    std::int64_t allowed() const {
        const auto first = std::max(next_at, now - std::max(burst_us, interval_us) + interval_us);
        return first > now ? 0 : (now - first) / interval_us + 1;
    }
    std::int64_t after(std::int64_t begun) const {
        return std::max(next_at, now - std::max(burst_us, interval_us) + interval_us) + begun * interval_us;
    }
};

// Cuts what the lanes want to `allowance`, the first lanes first.
void cut(std::vector<lane>& lanes, std::int64_t allowance) {
    for (auto& each : lanes) {
        each.wanted = std::min(each.wanted, allowance);
        allowance -= each.wanted;
    }
    std::erase_if(lanes, [](const lane& each) { return each.wanted == 0; });
}

}  // namespace

awaitable<std::vector<queue_state>> list_queues(
    db::database& source, const std::string& name, deadline until
) {
    const auto found = co_await source.query(until, sql::list_queues, name);
    std::vector<queue_state> queues;
    queues.reserve(found.size());
    for (const auto& row : found) {
        queues.push_back(
            {row.text(0),
             row.boolean(1),
             row.optional_integer(2),
             row.optional_integer(3),
             row.integer(4),
             row.integer(5)}
        );
    }
    co_return queues;
}

void limit_queue(
    db::transaction& tx,
    const std::string& name,
    std::optional<std::int64_t> concurrency_max,
    std::optional<std::int64_t> rate_per_minute
) {
    tx.exec(sql::save_queue, name, concurrency_max, rate_per_minute);
}

void pause_queue(db::transaction& tx, const std::string& name, bool paused) {
    tx.exec(sql::pause_queue, name, paused);
}

awaitable<claimed> claim_limited(
    db::transaction& tx,
    const std::string& pool,
    std::vector<lane> lanes,
    std::chrono::milliseconds duration,
    const std::string& owner
) {
    const auto queue = lanes.front().queue;
    const auto locked = co_await tx.query(sql::lock_queue, queue);
    std::optional<rate_limit> rate;
    std::int64_t allowance = std::numeric_limits<std::int64_t>::max();
    if (!locked.empty()) {
        const auto row = locked.front();
        if (row.boolean(0)) co_return claimed{};
        if (const auto limit = row.optional_integer(1)) {
            const auto running = (co_await tx.query(sql::count_held, queue)).front().integer(0);
            allowance = std::max<std::int64_t>(0, *limit - running);
        }
        if (const auto a_minute = row.optional_integer(2)) {
            rate =
                rate_limit{std::max<std::int64_t>(1, minute_us / *a_minute), row.integer(3), row.integer(4)};
            allowance = std::min(allowance, rate->allowed());
        }
    }
    cut(lanes, allowance);
    if (lanes.empty()) co_return claimed{};
    auto taken = co_await claim(tx, pool, lanes, duration, owner, true);
    if (rate && !taken.items.empty()) {
        tx.exec(sql::move_rate, queue, rate->after(static_cast<std::int64_t>(taken.items.size())));
    }
    co_return taken;
}

}  // namespace esm::lease
