// A bounded pool for work that would block a shard (argon2, task handlers, curl). A full queue refuses at
// once, so that overload turns into 503 and not into latency.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/base/result.hpp"

namespace esm::async {

class compute_pool {
public:
    // `queue_max` counts jobs that wait, not those that run. `name` is what errors call the pool.
    compute_pool(std::string name, unsigned threads, std::size_t queue_max);
    ~compute_pool();

    compute_pool(const compute_pool&) = delete;
    compute_pool& operator=(const compute_pool&) = delete;

    // Runs `work` on a pool thread and returns its value on the caller's shard; errc::overloaded when the
    // queue is full. What `work` throws is rethrown to the caller.
    template <class Work>
    awaitable<result<std::invoke_result_t<Work>>> run(Work work) {
        using value_type = std::invoke_result_t<Work>;
        oneshot<value_type> answer;
        const bool accepted = try_enqueue([answer, work = std::move(work)]() mutable {
            try {
                answer.set_value(work());
            } catch (...) {
                answer.set_exception(std::current_exception());
            }
        });
        if (!accepted) co_return overloaded();
        co_return co_await answer.get();
    }

    // False, and `job` is not run, when the queue is full. It must not throw.
    bool try_enqueue(std::function<void()> job);

    std::size_t queued() const;

private:
    error overloaded() const;
    void work();

    const std::string name_;
    const std::size_t queue_max_;
    mutable std::mutex mutex_;
    std::condition_variable available_;
    std::deque<std::function<void()>> jobs_;
    bool stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace esm::async
