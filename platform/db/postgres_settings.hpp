// What a PostgreSQL connection is opened with: the URL's options and the defaults every connection of ours
// gets. Immutable once made; shared by all shards.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/db/database.hpp"

namespace esm::db {

struct postgres_settings {
    // Parses the URL (libpq's format). Throws std::invalid_argument without repeating it: it may hold a
    // password.
    explicit postgres_settings(const options& from);

    // As PQconnectStartParams takes them, with the closing null.
    std::vector<const char*> keyword_pointers() const;
    std::vector<const char*> value_pointers() const;

    std::vector<std::string> keywords;
    std::vector<std::string> values;
    std::chrono::milliseconds connect_timeout;
    // Some host is a name: libpq would block its thread looking it up.
    bool looks_up_names{false};

private:
    void set_default(const char* keyword, std::string value);
};

}  // namespace esm::db
