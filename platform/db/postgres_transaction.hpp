// A transaction on a borrowed PostgreSQL connection. Until a query is awaited nothing is sent: a transaction
// of deferred statements alone is one pipeline, which PostgreSQL runs as one implicit transaction; else BEGIN
// travels with the first.
#pragma once

#include "platform/db/database.hpp"
#include "platform/db/postgres_pool.hpp"

namespace esm::db {

class postgres_transaction : public transaction {
public:
    postgres_transaction(borrowed_connection connection, deadline until)
        : connection_(std::move(connection)), until_(until) {}

    dialect kind() const override { return dialect::postgres; }

protected:
    awaitable<rows> run(const statement& what, std::vector<value> args) override;
    awaitable<rows> run_bulk(const statement& what, std::vector<column> columns) override;
    void defer(const statement& what, std::vector<value> args) override;
    void defer_bulk(const statement& what, std::vector<column> columns) override;
    awaitable<void> commit() override;
    awaitable<void> rollback() noexcept override;

private:
    struct deferred {
        statement what;
        std::variant<std::vector<value>, std::vector<column>> args;
    };

    void begin_pipeline();
    void send_deferred();
    void require_usable();
    awaitable<result_handle> exchange();

    borrowed_connection connection_;  // gives back, closed, what was neither committed nor rolled back
    deadline until_;
    std::vector<deferred> deferred_;
    std::exception_ptr refused_;  // a deferred statement that was never sent
    bool begun_{false};
    bool lost_{false};
};

}  // namespace esm::db
