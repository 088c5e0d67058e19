// One SQL statement of a .sql file, as the build embeds it; the name is what metrics, logs and errors show.
#pragma once

#include <cstdint>
#include <string_view>

namespace esm::db {

struct statement {
    std::string_view name;      // "tasks.insert_task"
    std::string_view postgres;  // $1, $2, … parameters
    std::string_view sqlite;    // the same text unless a .sqlite.sql file overrides it
};

struct migration {
    std::int32_t version;
    std::string_view name;
    std::string_view postgres;
    std::string_view sqlite;
};

enum class dialect : std::uint8_t { postgres, sqlite };

}  // namespace esm::db
