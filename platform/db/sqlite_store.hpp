// One SQLite file: a thread with the writing connection and one with the reading connection. Opened at first
// use; kept alive by the database and its transactions.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "platform/async/compute_pool.hpp"
#include "platform/db/sqlite_connection.hpp"
#include "platform/db/sqlite_turns.hpp"

namespace esm::db {

class sqlite_store {
public:
    using work_function = std::function<rows(sqlite_connection& on)>;

    sqlite_store(std::string path, std::size_t waiters_max);

    // Runs `work` on the thread and answers its rows on the caller's shard. Statements in it end at `until`.
    awaitable<rows> on_writer(deadline until, work_function work);
    awaitable<rows> on_reader(deadline until, work_function work);

    // Whether the statement only reads; unknown until remembered.
    std::optional<bool> known_read_only(const statement& what) const;
    void remember(const statement& what, bool read_only);

    sqlite_turns& turns() { return *turns_; }
    bool is_open() const;

private:
    awaitable<rows> run(
        async::compute_pool& thread,
        std::unique_ptr<sqlite_connection>& connection,
        deadline until,
        work_function work
    );
    void open();

    const std::string path_;
    mutable std::mutex mutex_;
    std::unique_ptr<sqlite_connection> writer_, reader_;
    std::unordered_map<std::string, bool> read_only_;
    const std::shared_ptr<sqlite_turns> turns_;
    // Last, so that their threads end before what they use.
    async::compute_pool write_thread_, read_thread_;
};

}  // namespace esm::db
