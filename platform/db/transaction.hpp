// The seam between stores and the two drivers. A transaction belongs to one coroutine on one shard, and lives
// for one call of database::transact; its BEGIN travels with its first statement and its deferred statements
// with its commit, so that a write costs as few round trips as the driver allows.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/db/rows.hpp"
#include "platform/db/statement.hpp"
#include "platform/db/value.hpp"

namespace esm::db {

class transaction {
public:
    virtual ~transaction() = default;
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

    // Runs the statement (after everything deferred before it) and waits for its rows.
    // Throws unavailable or query_failed; the transaction is then lost.
    template <class... Args>
    awaitable<rows> query(const statement& what, Args&&... args) {
        return run(what, pack(std::forward<Args>(args)...));
    }

    // Queues a statement whose rows nobody needs; a failure shows at the next query or at the commit.
    template <class... Args>
    void exec(const statement& what, Args&&... args) {
        defer(what, pack(std::forward<Args>(args)...));
    }

    // Queues a bulk statement: all columns have the same length; see db::column for how each dialect runs it.
    void exec_bulk(const statement& what, std::vector<column> columns) {
        defer_bulk(what, std::move(columns));
    }

    // A bulk statement whose rows (RETURNING) are needed: on SQLite the rows of all runs, in order.
    awaitable<rows> query_bulk(const statement& what, std::vector<column> columns) {
        return run_bulk(what, std::move(columns));
    }

    // Called on the transaction's shard once the commit is durable; never after a rollback. For wake-ups.
    void after_commit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }

    virtual dialect kind() const = 0;

protected:
    transaction() = default;
    virtual awaitable<rows> run(const statement& what, std::vector<value> args) = 0;
    virtual awaitable<rows> run_bulk(const statement& what, std::vector<column> columns) = 0;
    virtual void defer(const statement& what, std::vector<value> args) = 0;
    virtual void defer_bulk(const statement& what, std::vector<column> columns) = 0;
    virtual awaitable<void> commit() = 0;
    virtual awaitable<void> rollback() noexcept = 0;

private:
    friend class database;

    template <class... Args>
    static std::vector<value> pack(Args&&... args) {
        std::vector<value> packed;
        packed.reserve(sizeof...(args));
        (packed.push_back(to_value(std::forward<Args>(args))), ...);
        return packed;
    }

    std::vector<std::function<void()>> after_commit_;
};

}  // namespace esm::db
