// A transaction on the writing connection, while it has the turn. Deferred statements and the commit are one
// visit to the writer's thread; an abandoned transaction is rolled back by the next one's begin.
#pragma once

#include "platform/db/sqlite_store.hpp"
#include "platform/db/transaction.hpp"

namespace esm::db {

class sqlite_transaction : public transaction {
public:
    sqlite_transaction(std::shared_ptr<sqlite_store> store, sqlite_turns::turn turn, deadline until)
        : store_(std::move(store)), turn_(std::move(turn)), until_(until) {}

    dialect kind() const override { return dialect::sqlite; }

protected:
    awaitable<rows> run(const statement& what, std::vector<value> args) override;
    awaitable<rows> run_bulk(const statement& what, std::vector<column> columns) override;
    void defer(const statement& what, std::vector<value> args) override;
    void defer_bulk(const statement& what, std::vector<column> columns) override;
    awaitable<void> commit() override;
    awaitable<void> rollback() noexcept override;

private:
    struct call {
        statement what;
        std::variant<std::vector<value>, std::vector<column>> args;
    };

    void require_usable() const;
    // Runs what is queued, in order; answers the last one's rows.
    awaitable<rows> run_queued(bool then_commit);
    static rows run_on(sqlite_connection& on, const call& one);

    std::shared_ptr<sqlite_store> store_;
    sqlite_turns::turn turn_;
    deadline until_;
    std::vector<call> queued_;
    bool begun_{false};
    bool lost_{false};
};

}  // namespace esm::db
