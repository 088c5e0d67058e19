// A database of its own for one test: made and migrated by the constructor, dropped by the destructor.
// PostgreSQL's is made on the server of ESM_TEST_POSTGRES_URL, SQLite's in a temporary folder.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/db/migrate.hpp"

namespace esm::testing {

// Names the instances of a test that runs on both databases.
inline constexpr auto dialect_name = [](const auto& instance) -> std::string {
    return instance.param == db::dialect::postgres ? "postgres" : "sqlite";
};

class scratch_database {
public:
    // The runtime must have been started and must outlive this object; the caller is no shard. Throws when
    // the server is missing: a test without its database fails.
    scratch_database(
        async::runtime& runtime,
        db::dialect kind,
        std::vector<db::migration_set> sets,
        unsigned connections_a_shard = 4
    );
    ~scratch_database();

    scratch_database(const scratch_database&) = delete;
    scratch_database& operator=(const scratch_database&) = delete;

    db::database& get() { return *database_; }
    const std::string& url() const { return url_; }

    // Checks that every statement parses and names existing tables and columns; throws std::runtime_error
    // with the statement's name. Does not run them.
    void prepare(std::span<const db::statement* const> statements) const;

private:
    void create();
    void drop() noexcept;

    const db::dialect kind_;
    std::string name_;
    std::string url_;
    std::unique_ptr<db::database> database_;
};

}  // namespace esm::testing
