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

// When the rate's next item may begin: in the past where some may at once.
std::int64_t first_at(const queue_rate& rate) {
    return std::max(rate.next_at, rate.now - std::max(burst_us, rate.interval_us) + rate.interval_us);
}

std::int64_t allowed(const queue_rate& rate) {
    const auto first = first_at(rate);
    return first > rate.now ? 0 : (rate.now - first) / rate.interval_us + 1;
}

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
    std::optional<queue_rate> rate;
    std::int64_t allowance = std::numeric_limits<std::int64_t>::max();
    if (!locked.empty()) {
        const auto row = locked.front();
        if (row.boolean(0)) co_return claimed{};
        if (const auto limit = row.optional_integer(1)) {
            const auto running = (co_await tx.query(sql::count_held, queue)).front().integer(0);
            allowance = std::max<std::int64_t>(0, *limit - running);
        }
        if (const auto a_minute = row.optional_integer(2)) {
            const auto interval_us = std::max<std::int64_t>(1, minute_us / *a_minute);
            rate = queue_rate{queue, interval_us, row.integer(3), row.integer(4)};
            allowance = std::min(allowance, allowed(*rate));
        }
    }
    cut(lanes, allowance);
    if (lanes.empty()) co_return claimed{};
    auto taken = co_await claim(tx, pool, lanes, duration, owner, true);
    taken.rate = std::move(rate);
    co_return taken;
}

void spend_rate(db::transaction& tx, const queue_rate& rate, std::size_t begun) {
    if (begun == 0) return;
    tx.exec(sql::move_rate, rate.queue, first_at(rate) + static_cast<std::int64_t>(begun) * rate.interval_us);
}

}  // namespace esm::lease
