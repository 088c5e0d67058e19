// See sqlite_connection.hpp. Result codes: https://sqlite.org/rescode.html.
#include "platform/db/sqlite_connection.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "platform/db/failure.hpp"
#include "platform/db/parameters.hpp"
#include "platform/db/sqlite_cells.hpp"

namespace esm::db {

namespace {

constexpr int busy_timeout_ms = 5000;
constexpr int progress_interval = 10'000;  // virtual machine steps between looks at the clock
constexpr std::size_t prepared_max = 1000;

const char* sqlstate_of(int extended) {
    switch (extended) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return "23505";
        case SQLITE_CONSTRAINT_NOTNULL:
            return "23502";
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return "23503";
        case SQLITE_CONSTRAINT_CHECK:
            return "23514";
        default:
            break;
    }
    switch (extended & 0xff) {
        case SQLITE_CONSTRAINT:
            return "23000";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "55P03";
        case SQLITE_TOOBIG:
            return "54000";
        case SQLITE_MISMATCH:
            return "22P02";
        case SQLITE_READONLY:
            return "25006";
        default:
            return "42601";
    }
}

std::string json_text(const integer_list& list) {
    return fmt::format("[{}]", fmt::join(list, ","));
}

std::string json_text(const text_list& list) {
    boost::json::array array;
    for (const auto& each : list) array.emplace_back(each);
    return boost::json::serialize(array);
}

}  // namespace

sqlite_connection::sqlite_connection(const std::string& path) {
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
    file_.reset(opened);
    if (code != SQLITE_OK) throw unavailable(fmt::format("{}: {}", path, sqlite3_errstr(code)));
    sqlite3_extended_result_codes(opened, 1);
    sqlite3_busy_timeout(opened, busy_timeout_ms);
    sqlite3_progress_handler(opened, progress_interval, &sqlite_connection::on_progress, this);
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA foreign_keys = ON");
}

sqlite_connection::~sqlite_connection() {
    for (const auto& each : prepared_) sqlite3_finalize(each.second.handle);
}

int sqlite_connection::on_progress(void* self) {
    const auto until = static_cast<sqlite_connection*>(self)->until_;
    return until != deadline::max() && std::chrono::steady_clock::now() > until ? 1 : 0;
}

void sqlite_connection::execute(const char* text) {
    if (sqlite3_exec(file_.get(), text, nullptr, nullptr, nullptr) != SQLITE_OK) throw_failure(text);
}

void sqlite_connection::throw_failure(std::string_view statement_name) const {
    const int extended = sqlite3_extended_errcode(file_.get());
    const auto message = fmt::format("{}: {}", statement_name, sqlite3_errmsg(file_.get()));
    switch (extended & 0xff) {
        case SQLITE_FULL:
            throw storage_full(message);
        case SQLITE_INTERRUPT:
            throw unavailable(fmt::format("{}: the deadline passed", statement_name));
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_NOMEM:
        case SQLITE_PERM:
            throw unavailable(message);
        default:
            throw query_failed(sqlstate_of(extended), message);
    }
}

sqlite_connection::prepared& sqlite_connection::prepare(const statement& what) {
    std::string text(what.sqlite);
    const auto known = prepared_.find(text);
    if (known != prepared_.end()) return known->second;
    if (prepared_.size() >= prepared_max) {
        for (const auto& each : prepared_) sqlite3_finalize(each.second.handle);
        prepared_.clear();
    }
    prepared made;
    const char* rest = nullptr;
    const auto length = static_cast<int>(text.size() + 1);
    if (sqlite3_prepare_v3(
            file_.get(), text.c_str(), length, SQLITE_PREPARE_PERSISTENT, &made.handle, &rest
        ) != SQLITE_OK) {
        throw_failure(what.name);
    }
    if (made.handle == nullptr ||
        std::string_view(rest).find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        sqlite3_finalize(made.handle);
        throw query_failed("42601", fmt::format("{}: not exactly one statement", what.name));
    }
    // One look past the end finds statements that use more parameters than they name in order.
    for (int i = 1; i <= sqlite3_bind_parameter_count(made.handle) + 1; ++i) {
        made.indexes.push_back(sqlite3_bind_parameter_index(made.handle, fmt::format("${}", i).c_str()));
    }
    return prepared_.emplace(std::move(text), std::move(made)).first->second;
}

void sqlite_connection::require_parameters(const statement& what, const prepared& on, std::size_t given)
    const {
    const auto wanted = sqlite3_bind_parameter_count(on.handle);
    if (static_cast<std::size_t>(wanted) <= given) return;
    throw query_failed("08P01", fmt::format("{}: {} parameters given, {} wanted", what.name, given, wanted));
}

bool sqlite_connection::is_read_only(const statement& what) {
    return sqlite3_stmt_readonly(prepare(what).handle) != 0;
}

void sqlite_connection::bind_integer(const prepared& to, std::size_t index, std::int64_t number) {
    sqlite3_bind_int64(to.handle, to.indexes[index], number);
}

// The text outlives the statement's run, so SQLite need not copy it.
void sqlite_connection::bind_text(const prepared& to, std::size_t index, const std::string& text) {
    sqlite3_bind_text64(to.handle, to.indexes[index], text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void sqlite_connection::bind(const prepared& to, std::size_t index, const value& given) {
    if (index >= to.indexes.size() || to.indexes[index] == 0) return;
    std::visit(
        [&](const auto& one) {
            using type = std::decay_t<decltype(one)>;
            if constexpr (std::is_same_v<type, std::monostate>) {
                sqlite3_bind_null(to.handle, to.indexes[index]);
            } else if constexpr (std::is_same_v<type, double>) {
                sqlite3_bind_double(to.handle, to.indexes[index], one);
            } else if constexpr (std::is_integral_v<type>) {
                bind_integer(to, index, one);
            } else if constexpr (std::is_same_v<type, std::string>) {
                bind_text(to, index, one);
            } else {
                const auto text = json_text(one);
                sqlite3_bind_text64(
                    to.handle, to.indexes[index], text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8
                );
            }
        },
        given
    );
}

void sqlite_connection::bind_cell(
    const prepared& to, std::size_t index, const column& from, std::size_t row
) {
    if (index >= to.indexes.size() || to.indexes[index] == 0) return;
    const auto bind_one = [&](const auto& one) {
        if constexpr (std::is_integral_v<std::decay_t<decltype(one)>>) {
            bind_integer(to, index, one);
        } else {
            bind_text(to, index, one);
        }
    };
    std::visit(
        [&](const auto& list) {
            using element = typename std::decay_t<decltype(list)>::value_type;
            if constexpr (std::is_same_v<element, std::int64_t> || std::is_same_v<element, std::string>) {
                bind_one(list[row]);
            } else if (list[row]) {
                bind_one(*list[row]);
            } else {
                sqlite3_bind_null(to.handle, to.indexes[index]);
            }
        },
        from
    );
}

void sqlite_connection::step_to_end(const statement& what, const prepared& on, cells& into) {
    const auto before = sqlite3_total_changes64(file_.get());
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(on.handle)) == SQLITE_ROW) into.take_row(on.handle);
    if (code != SQLITE_DONE) {
        // Reset keeps the error's code and text.
        sqlite3_reset(on.handle);
        throw_failure(what.name);
    }
    // A statement that changes nothing leaves the count of the one before it.
    if (sqlite3_total_changes64(file_.get()) != before) into.affected += sqlite3_changes64(file_.get());
    sqlite3_reset(on.handle);
}

rows sqlite_connection::run(const statement& what, const std::vector<value>& args) {
    refuse_nul(what.name, args);
    auto& on = prepare(what);
    require_parameters(what, on, args.size());
    for (std::size_t i = 0; i < args.size(); ++i) bind(on, i, args[i]);
    auto found = std::make_shared<cells>();
    step_to_end(what, on, *found);
    sqlite3_clear_bindings(on.handle);
    const auto affected = found->affected;
    return {std::move(found), affected};
}

rows sqlite_connection::run_bulk(const statement& what, const std::vector<column>& columns) {
    refuse_nul(what.name, columns);
    auto& on = prepare(what);
    require_parameters(what, on, columns.size());
    auto found = std::make_shared<cells>();
    const auto count = columns.empty() ? 0 : length_of(columns.front());
    for (std::size_t row = 0; row < count; ++row) {
        for (std::size_t i = 0; i < columns.size(); ++i) bind_cell(on, i, columns[i], row);
        step_to_end(what, on, *found);
    }
    sqlite3_clear_bindings(on.handle);
    const auto affected = found->affected;
    return {std::move(found), affected};
}

void sqlite_connection::begin() {
    rollback();
    execute("BEGIN IMMEDIATE");
}

void sqlite_connection::commit() {
    try {
        execute("COMMIT");
    } catch (...) {
        rollback();
        throw;
    }
}

void sqlite_connection::rollback() {
    if (sqlite3_get_autocommit(file_.get()) == 0) {
        sqlite3_exec(file_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

}  // namespace esm::db
