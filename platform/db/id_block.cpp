// See id_block.hpp.
#include "platform/db/id_block.hpp"

#include <cassert>

#include "platform/db/sql.hpp"

namespace esm::db {

namespace {
constexpr auto used_within = std::chrono::hours(1);
}

id_block::id_block(
    async::runtime& runtime, database& source, std::string name, std::int64_t first, std::int64_t block
)
    : source_(source), name_(std::move(name)), first_(first), block_(block), lanes_(runtime.size()) {
    assert(block > 0);
}

awaitable<std::int64_t> id_block::next(deadline until) {
    lane& mine = lanes_.at(async::runtime::current_shard());
    if (std::chrono::steady_clock::now() > mine.stale) mine.next = mine.end;
    while (mine.next == mine.end) {
        if (mine.fetching) {
            co_await wait_for_fetch(mine, until);
        } else {
            co_await fetch(mine, until);
        }
    }
    co_return mine.next++;
}

awaitable<void> id_block::fetch(lane& mine, deadline until) {
    mine.fetching = true;
    std::exception_ptr failure;
    try {
        const auto taken = co_await source_.query(until, sql::take_id_block, name_, first_, block_);
        mine.next = taken.front().integer(0);
        mine.end = mine.next + block_;
        mine.stale = deadline_in(used_within);
    } catch (...) {
        failure = std::current_exception();
    }
    mine.fetching = false;
    for (auto* each : std::exchange(mine.waiting, {})) each->cancel();
    if (failure) std::rethrow_exception(failure);
}

awaitable<void> id_block::wait_for_fetch(lane& mine, deadline until) {
    asio::steady_timer patience(co_await asio::this_coro::executor, until);
    mine.waiting.push_back(&patience);
    boost::system::error_code woken;
    co_await patience.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (std::erase(mine.waiting, &patience) == 0) co_return;
    throw unavailable("the deadline passed while waiting for a block of ids");
}

}  // namespace esm::db
