// Brings one answer from any thread (a driver, a pool, librdkafka, gRPC) back to the coroutine that waits for
// it, on that coroutine's own executor. Value-semantic handle; copies share the state.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>

#include "platform/async/awaitable.hpp"

namespace esm::async {

template <class T>
class oneshot {
public:
    oneshot() : state_(std::make_shared<state>()) {}

    // Thread-safe; only the first answer counts.
    void set_value(T value) const {
        resolve([&](state& s) { s.value.emplace(std::move(value)); });
    }
    void set_exception(std::exception_ptr failure) const {
        resolve([&](state& s) { s.failure = failure; });
    }

    // Waits for the answer; awaited by one coroutine, once.
    awaitable<T> get() const {
        const auto shared = state_;
        co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(
            [shared](auto handler) { shared->install(std::move(handler)); }, asio::use_awaitable
        );
        if (shared->failure) std::rethrow_exception(shared->failure);
        co_return std::move(*shared->value);
    }

private:
    struct state {
        std::mutex mutex;
        bool done{false};
        std::optional<T> value;
        std::exception_ptr failure;
        std::function<void()> resume;  // posts the waiting coroutine to its executor

        template <class Handler>
        void install(Handler handler) {
            auto executor = asio::get_associated_executor(handler);
            // The work guard keeps the shard's loop alive while the answer is still on a foreign thread.
            auto guard = asio::make_work_guard(executor);
            auto kept = std::make_shared<Handler>(std::move(handler));
            auto post = [executor, guard = std::move(guard), kept] {
                asio::post(executor, [kept] { std::move (*kept)(); });
            };
            {
                const std::lock_guard lock(mutex);
                if (!done) {
                    resume = std::move(post);
                    return;
                }
            }
            post();
        }
    };

    template <class Store>
    void resolve(Store store) const {
        std::function<void()> resume;
        {
            const std::lock_guard lock(state_->mutex);
            if (state_->done) return;
            state_->done = true;
            store(*state_);
            resume = std::move(state_->resume);
        }
        if (resume) resume();
    }

    std::shared_ptr<state> state_;
};

}  // namespace esm::async
