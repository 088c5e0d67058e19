// A PostgreSQL result as rows read in place, and what its errors mean to callers.
#pragma once

#include <libpq-fe.h>

#include <exception>
#include <memory>
#include <string_view>

#include "platform/db/rows.hpp"

namespace esm::db {

struct result_closer {
    void operator()(PGresult* result) const { PQclear(result); }
};
using result_handle = std::unique_ptr<PGresult, result_closer>;

class postgres_result : public result_source {
public:
    explicit postgres_result(result_handle result) : result_(std::move(result)) {}

    std::size_t row_count() const override { return static_cast<std::size_t>(PQntuples(result_.get())); }
    bool is_null(std::size_t row, std::size_t column) const override {
        return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
    }
    std::string_view text(std::size_t row, std::size_t column) const override;

private:
    result_handle result_;
};

// Rows of a successful result.
rows to_rows(result_handle result);

// What an error result becomes: query_failed, unavailable or storage_full by its SQLSTATE.
std::exception_ptr to_failure(std::string_view statement_name, const PGresult* result);

// The connection's prepared statements are gone (26000) or planned for another schema (0A000): a new one is
// needed.
bool spoils_prepared(const PGresult* result);

// libpq's message in one line.
std::string connection_message(const PGconn* connection);

}  // namespace esm::db
