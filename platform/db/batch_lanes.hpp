// What group_commit and group_read share: on each shard a queue of waiting coroutines and the loop that takes
// them in batches. A lane is touched by its shard alone.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"

namespace esm::db {

struct group_commit_options {
    std::size_t batch_max{500};
    std::size_t queue_max{4096};  // items that may wait on a shard; more are refused with errc::overloaded
    unsigned batches_in_flight_max{1};  // a shard
};

// One coroutine waits for what another one on the same shard does: no lock, unlike async::oneshot.
class shard_event {
public:
    // Awaited once, by one coroutine.
    awaitable<void> wait() {
        return asio::async_initiate<decltype(asio::use_awaitable), void()>(
            [this](auto handler) {
                if (set_) return asio::post(std::move(handler));
                waiting_ = std::make_unique<resumer_of<decltype(handler)>>(std::move(handler));
            },
            asio::use_awaitable
        );
    }
    void set() {
        set_ = true;
        if (waiting_) std::exchange(waiting_, nullptr)->resume();
    }

private:
    struct resumer {
        virtual ~resumer() = default;
        virtual void resume() = 0;
    };
    template <class Handler>
    struct resumer_of : resumer {
        explicit resumer_of(Handler given) : handler(std::move(given)) {}
        void resume() override { asio::post(std::move(handler)); }
        Handler handler;
    };

    std::unique_ptr<resumer> waiting_;
    bool set_{false};
};

// Lives in the frame of the coroutine that waits.
struct batch_waiter {
    deadline until;
    shard_event done;
    std::exception_ptr failure;
    bool too_late{false};  // the deadline passed before its batch began

    void fail_with(std::exception_ptr cause) {
        failure = std::move(cause);
        done.set();
    }
};

// Waiter derives from batch_waiter.
template <class Waiter>
class batch_lanes {
public:
    using batch = std::vector<Waiter*>;
    // Sees to every waiter of the batch: its answer or failure is stored and its `done` set. Never throws.
    using work_function = std::function<awaitable<void>(const batch& waiters)>;

    batch_lanes(async::runtime& runtime, group_commit_options options, work_function work)
        : runtime_(runtime), options_(options), work_(std::move(work)), lanes_(runtime.size()) {}

    // Waits until the work has seen to `me`. Throws its failure; answers an error when refused.
    awaitable<result<void>> submit(Waiter& me) {
        const auto shard = async::runtime::current_shard();
        lane& mine = lanes_.at(shard);
        if (mine.queue.size() >= options_.queue_max) {
            auto refusal =
                fail(errc::overloaded, "too many requests wait for the database; try again shortly");
            refusal.retry_after = std::chrono::seconds(1);
            co_return refusal;
        }
        mine.queue.push_back(&me);
        if (mine.loops < options_.batches_in_flight_max) {
            ++mine.loops;
            asio::co_spawn(runtime_.at(shard), drain(mine), asio::detached);
        }
        co_await me.done.wait();
        if (me.failure) std::rethrow_exception(me.failure);
        if (me.too_late) co_return fail(errc::deadline_exceeded, "the deadline passed in the queue");
        co_return result<void>();
    }

private:
    struct lane {
        std::deque<Waiter*> queue;
        unsigned loops{0};
    };

    awaitable<void> drain(lane& mine) {
        while (!mine.queue.empty()) {
            const batch next = take(mine);
            if (!next.empty()) co_await work_(next);
        }
        --mine.loops;
    }

    batch take(lane& mine) {
        const auto now = std::chrono::steady_clock::now();
        batch next;
        next.reserve(std::min(mine.queue.size(), options_.batch_max));
        while (!mine.queue.empty() && next.size() < options_.batch_max) {
            Waiter* first = mine.queue.front();
            mine.queue.pop_front();
            if (first->until > now) {
                next.push_back(first);
            } else {
                first->too_late = true;
                first->done.set();
            }
        }
        return next;
    }

    async::runtime& runtime_;
    const group_commit_options options_;
    const work_function work_;
    std::vector<lane> lanes_;
};

// A batch waits as long as its most patient member: one hurried caller must not fail the others.
template <class Waiter>
deadline latest_deadline(const std::vector<Waiter*>& waiters) {
    deadline latest = waiters.front()->until;
    for (const auto* each : waiters) latest = std::max(latest, each->until);
    return latest;
}

template <class Waiter>
void fail_all(const std::vector<Waiter*>& waiters, const std::exception_ptr& cause) {
    for (auto* each : waiters) each->fail_with(cause);
}

}  // namespace esm::db
