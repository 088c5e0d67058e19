// One database of one service: made by open() in app/, lives as long as the process, usable from every shard
// (each shard has connections of its own on PostgreSQL; SQLite has one writer thread and one reader thread).
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>

#include "platform/async/runtime.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/db/failure.hpp"
#include "platform/db/transaction.hpp"

namespace esm::db {

struct options {
    // "postgresql://user@host:port/NAME?sslmode=…" (any libpq URL) or "sqlite:///absolute/path" or
    // "sqlite:relative/path".
    std::string url;
    unsigned connections_a_shard{4};  // PostgreSQL only
    std::size_t waiters_max{1024};    // callers that may wait for a connection, a shard; more are refused
    std::chrono::milliseconds connect_timeout{2000};
    std::string application_name{"esm"};
};

struct pool_stats {
    std::size_t open{0}, idle{0}, waiting{0};
};

class database {
public:
    virtual ~database() = default;

    // Runs `work` (a coroutine function of transaction&, answering result<T> or T) in one transaction:
    // commits when it answers, rolls back when it answers an error or throws, runs it again (up to 3 times)
    // after a retryable failure. Throws unavailable when no connection is had by `until`; query_failed
    // otherwise.
    template <class Work>
    auto transact(deadline until, Work work) -> std::invoke_result_t<Work&, transaction&> {
        using answer_type = typename std::invoke_result_t<Work&, transaction&>::value_type;
        for (int attempt = 1;; ++attempt) {
            auto tx = co_await begin(until);
            std::exception_ptr failure;
            bool again = false;
            try {
                answer_type answer = co_await work(*tx);
                if (succeeded(answer)) {
                    co_await tx->commit();
                    for (auto& action : tx->after_commit_) action();
                    co_return answer;
                }
                co_await tx->rollback();
                co_return answer;
            } catch (const query_failed& cause) {
                again = cause.retryable() && attempt < 3;
                failure = std::current_exception();
            } catch (...) {
                failure = std::current_exception();
            }
            co_await tx->rollback();
            if (!again) std::rethrow_exception(failure);
        }
    }

    // One statement in a transaction of its own.
    template <class... Args>
    awaitable<rows> query(deadline until, const statement& what, Args&&... args) {
        return run_alone(until, what, transaction::pack(std::forward<Args>(args)...));
    }

    virtual dialect kind() const = 0;
    // True if a trivial query answers before the deadline. Never throws.
    virtual awaitable<bool> is_ready(deadline until) noexcept = 0;
    virtual pool_stats stats() const = 0;

    // Calls `on_notify` (on any thread) whenever some process calls notify(channel) on the same database.
    // PostgreSQL: LISTEN on a connection of its own, re-established with backoff. SQLite: in process.
    virtual void listen(std::string channel, std::function<void()> on_notify) = 0;
    // Debounced to one NOTIFY a channel and 100 ms; failures are ignored, since every listener polls besides.
    virtual void notify(const std::string& channel) = 0;

    // A session-level lock that one process at a time holds, on a connection of its own; null when another
    // has it. It is lost when that connection dies: held() then says false. SQLite: one process owns the
    // file, always granted.
    class lock {
    public:
        virtual ~lock() = default;
        virtual bool held() const = 0;
        // A transaction on the connection that holds the lock: cannot commit once the lock is lost.
        template <class Work>
        auto transact(Work work) -> std::invoke_result_t<Work&, transaction&> {
            auto tx = co_await begin();
            std::exception_ptr failure;
            try {
                auto answer = co_await work(*tx);
                if (succeeded(answer)) {
                    co_await database::commit(*tx);
                } else {
                    co_await database::rollback(*tx);
                }
                co_return answer;
            } catch (...) {
                failure = std::current_exception();
            }
            co_await database::rollback(*tx);
            std::rethrow_exception(failure);
        }

    protected:
        virtual awaitable<std::unique_ptr<transaction>> begin() = 0;
    };
    virtual awaitable<std::unique_ptr<lock>> try_lock(std::int64_t key, deadline until) = 0;

protected:
    virtual awaitable<std::unique_ptr<transaction>> begin(deadline until) = 0;
    virtual awaitable<rows> run_alone(deadline until, const statement& what, std::vector<value> args) = 0;

    static awaitable<void> commit(transaction& tx) {
        co_await tx.commit();
        for (auto& action : tx.after_commit_) action();
    }
    static awaitable<void> rollback(transaction& tx) { return tx.rollback(); }

private:
    template <class T>
    static bool succeeded(const result<T>& answer) {
        return answer.has_value();
    }
    template <class T>
    static bool succeeded(const T&) {
        return true;
    }
};

// Opens by the URL's scheme. Does not connect yet: a database that is away shows in is_ready and in
// `unavailable`. Throws std::invalid_argument for an unknown scheme.
std::unique_ptr<database> open(async::runtime& runtime, options settings);

}  // namespace esm::db
