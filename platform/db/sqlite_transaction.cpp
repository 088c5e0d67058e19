// See sqlite_transaction.hpp.
#include "platform/db/sqlite_transaction.hpp"

#include "platform/db/failure.hpp"
#include "platform/db/parameters.hpp"

namespace esm::db {

void sqlite_transaction::require_usable() const {
    if (lost_) throw query_failed("25P02", "an earlier statement of this transaction failed");
}

void sqlite_transaction::defer(const statement& what, std::vector<value> args) {
    queued_.push_back({what, std::move(args)});
}

void sqlite_transaction::defer_bulk(const statement& what, std::vector<column> columns) {
    require_equal_length(what.name, columns);
    queued_.push_back({what, std::move(columns)});
}

awaitable<rows> sqlite_transaction::run(const statement& what, std::vector<value> args) {
    require_usable();
    defer(what, std::move(args));
    co_return co_await run_queued(false);
}

awaitable<rows> sqlite_transaction::run_bulk(const statement& what, std::vector<column> columns) {
    require_usable();
    defer_bulk(what, std::move(columns));
    co_return co_await run_queued(false);
}

rows sqlite_transaction::run_on(sqlite_connection& on, const call& one) {
    if (const auto* values = std::get_if<std::vector<value>>(&one.args)) return on.run(one.what, *values);
    return on.run_bulk(one.what, std::get<std::vector<column>>(one.args));
}

awaitable<rows> sqlite_transaction::run_queued(bool then_commit) {
    const auto calls = std::make_shared<const std::vector<call>>(std::exchange(queued_, {}));
    const bool first = !std::exchange(begun_, true);
    const auto work = [calls, first, then_commit](sqlite_connection& on) {
        rows last;
        try {
            if (first) on.begin();
            for (const auto& each : *calls) last = run_on(on, each);
            on.set_deadline(deadline::max());
            if (then_commit) on.commit();
        } catch (...) {
            on.rollback();
            throw;
        }
        return last;
    };
    lost_ = true;  // until it has succeeded
    auto last = co_await store_->on_writer(until_, work);
    lost_ = false;
    co_return last;
}

awaitable<void> sqlite_transaction::commit() {
    require_usable();
    if (begun_ || !queued_.empty()) co_await run_queued(true);
    turn_.give_back();
}

awaitable<void> sqlite_transaction::rollback() noexcept {
    try {
        const bool open = begun_ && !lost_;
        lost_ = true;
        const auto work = [](sqlite_connection& on) {
            on.rollback();
            return rows();
        };
        if (open) co_await store_->on_writer(deadline::max(), work);
    } catch (const std::exception&) {
        // The next transaction's begin rolls it back.
    }
    turn_.give_back();
}

}  // namespace esm::db
