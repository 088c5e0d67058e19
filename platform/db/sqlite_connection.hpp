// One SQLite connection with its prepared statements. Used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/db/rows.hpp"
#include "platform/db/statement.hpp"
#include "platform/db/value.hpp"

namespace esm::db {

class sqlite_connection {
public:
    // Opens or creates the file: WAL, every commit fsynced, foreign keys enforced. Throws unavailable.
    explicit sqlite_connection(const std::string& path);
    ~sqlite_connection();

    sqlite_connection(const sqlite_connection&) = delete;
    sqlite_connection& operator=(const sqlite_connection&) = delete;

    // Statements that run past it are interrupted and throw unavailable.
    void set_deadline(deadline until) { until_ = until; }

    rows run(const statement& what, const std::vector<value>& args);
    // Once a row; the rows of all runs, in order.
    rows run_bulk(const statement& what, const std::vector<column>& columns);
    bool is_read_only(const statement& what);

    void begin();     // after rolling back what an abandoned transaction left
    void commit();    // throws like a statement; the transaction is then rolled back
    void rollback();  // nothing when none is open; never throws

private:
    struct prepared {
        sqlite3_stmt* handle{nullptr};
        std::vector<int> indexes;  // SQLite's index of $1, $2, …; 0 where the text does not use it
    };
    struct closer {
        void operator()(sqlite3* file) const { sqlite3_close_v2(file); }
    };
    class cells;

    prepared& prepare(const statement& what);
    void bind(const prepared& to, std::size_t index, const value& given);
    void bind_cell(const prepared& to, std::size_t index, const column& from, std::size_t row);
    void bind_integer(const prepared& to, std::size_t index, std::int64_t number);
    void bind_text(const prepared& to, std::size_t index, const std::string& text);
    void step_to_end(const statement& what, const prepared& on, cells& into);
    void require_parameters(const statement& what, const prepared& on, std::size_t given) const;
    void execute(const char* text);
    [[noreturn]] void throw_failure(std::string_view statement_name) const;
    static int on_progress(void* self);

    std::unique_ptr<sqlite3, closer> file_;
    std::unordered_map<std::string, prepared> prepared_;
    deadline until_{deadline::max()};
};

}  // namespace esm::db
