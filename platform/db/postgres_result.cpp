// See postgres_result.hpp. SQLSTATE classes: PostgreSQL 15 manual, appendix A.
#include "platform/db/postgres_result.hpp"

#include <fmt/format.h>

#include <charconv>

#include "platform/db/failure.hpp"

namespace esm::db {

namespace {

std::string one_line(std::string_view text) {
    std::string line(text.substr(0, text.find_last_not_of(" \n") + 1));
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

std::string_view field(const PGresult* result, int which) {
    const char* text = PQresultErrorField(result, which);
    return text == nullptr ? std::string_view{} : std::string_view(text);
}

// Only what a new connection or a moment's patience can mend.
bool is_unavailable(std::string_view state) {
    return state.empty() || state.starts_with("08") || state.starts_with("57P") || state == "57014" ||
           state == "53200" || state == "53300" || state == "25006" || state == "58030";
}

std::int64_t affected_rows(PGresult* result) {
    // A SELECT's tag counts the rows it returned; nothing was changed.
    if (std::string_view(PQcmdStatus(result)).starts_with("SELECT")) return 0;
    const std::string_view count = PQcmdTuples(result);
    std::int64_t value = 0;
    std::from_chars(count.data(), count.data() + count.size(), value);
    return value;
}

}  // namespace

std::string_view postgres_result::text(std::size_t row, std::size_t column) const {
    const auto r = static_cast<int>(row);
    const auto c = static_cast<int>(column);
    return {PQgetvalue(result_.get(), r, c), static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

rows to_rows(result_handle result) {
    const auto affected = affected_rows(result.get());
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return {nullptr, affected};
    return {std::make_shared<postgres_result>(std::move(result)), affected};
}

std::exception_ptr to_failure(std::string_view statement_name, const PGresult* result) {
    const auto state = field(result, PG_DIAG_SQLSTATE);
    auto message = fmt::format("{}: {}", statement_name, one_line(field(result, PG_DIAG_MESSAGE_PRIMARY)));
    if (state.empty())
        message = fmt::format("{}: {}", statement_name, one_line(PQresultErrorMessage(result)));
    if (is_unavailable(state)) return std::make_exception_ptr(unavailable(message));
    if (state.starts_with("53")) return std::make_exception_ptr(storage_full(message));
    return std::make_exception_ptr(query_failed(std::string(state), message));
}

bool spoils_prepared(const PGresult* result) {
    const auto state = field(result, PG_DIAG_SQLSTATE);
    return state == "26000" || state == "0A000";
}

std::string connection_message(const PGconn* connection) {
    return one_line(PQerrorMessage(connection));
}

}  // namespace esm::db
