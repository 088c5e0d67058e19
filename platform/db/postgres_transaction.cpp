// See postgres_transaction.hpp. Implicit transactions of a pipeline: PostgreSQL 15 manual, section 55.2.4.
#include "platform/db/postgres_transaction.hpp"

#include "platform/db/parameters.hpp"
#include "platform/db/postgres_control.hpp"

namespace esm::db {

namespace {

constexpr std::chrono::milliseconds rollback_patience{1000};

}  // namespace

void postgres_transaction::require_usable() {
    if (lost_) throw query_failed("25P02", "an earlier statement of this transaction failed");
    if (!refused_) return;
    lost_ = true;
    std::rethrow_exception(refused_);
}

void postgres_transaction::begin_pipeline() {
    if (!begun_) connection_->add(begin_statement, {});
    begun_ = true;
    send_deferred();
}

void postgres_transaction::send_deferred() {
    for (const auto& each : deferred_) {
        if (const auto* values = std::get_if<std::vector<value>>(&each.args)) {
            connection_->add(each.what, *values);
        } else {
            connection_->add_bulk(each.what, std::get<std::vector<column>>(each.args));
        }
    }
    deferred_.clear();
}

awaitable<result_handle> postgres_transaction::exchange() {
    lost_ = true;  // until it has succeeded
    auto last = co_await connection_->exchange(until_);
    lost_ = false;
    co_return last;
}

awaitable<rows> postgres_transaction::run(const statement& what, std::vector<value> args) {
    require_usable();
    refuse_nul(what.name, args);
    begin_pipeline();
    connection_->add(what, args);
    co_return to_rows(co_await exchange());
}

awaitable<rows> postgres_transaction::run_bulk(const statement& what, std::vector<column> columns) {
    require_usable();
    require_equal_length(what.name, columns);
    refuse_nul(what.name, columns);
    begin_pipeline();
    connection_->add_bulk(what, columns);
    co_return to_rows(co_await exchange());
}

void postgres_transaction::defer(const statement& what, std::vector<value> args) {
    try {
        refuse_nul(what.name, args);
        deferred_.push_back({what, std::move(args)});
    } catch (const query_failed&) {
        if (!refused_) refused_ = std::current_exception();
    }
}

void postgres_transaction::defer_bulk(const statement& what, std::vector<column> columns) {
    require_equal_length(what.name, columns);
    try {
        refuse_nul(what.name, columns);
        deferred_.push_back({what, std::move(columns)});
    } catch (const query_failed&) {
        if (!refused_) refused_ = std::current_exception();
    }
}

awaitable<void> postgres_transaction::commit() {
    require_usable();
    if (!begun_ && deferred_.empty()) {
        connection_.give_back();
        co_return;
    }
    const bool explicit_commit = begun_;
    send_deferred();
    if (explicit_commit) connection_->add(commit_statement, {});
    const auto last = co_await exchange();
    // A COMMIT of a failed transaction succeeds, with the tag ROLLBACK.
    if (explicit_commit && std::string_view(PQcmdStatus(last.get())) != "COMMIT") {
        throw query_failed("25P02", "the transaction was rolled back instead of committed");
    }
    connection_.give_back();
}

awaitable<void> postgres_transaction::rollback() noexcept {
    lost_ = true;
    try {
        if (connection_ && begun_ && !connection_->late() && connection_->in_transaction()) {
            connection_->add(rollback_statement, {});
            co_await connection_->exchange(std::max(until_, deadline_in(rollback_patience)));
        }
    } catch (const std::exception&) {
        // The connection is closed or caught up with then, which rolls back as well.
    }
    connection_.give_back();
}

}  // namespace esm::db
