// See database.hpp: chooses the driver.
#include "platform/db/database.hpp"

#include <stdexcept>

#include "platform/db/postgres_database.hpp"
#include "platform/db/sqlite_database.hpp"

namespace esm::db {

std::unique_ptr<database> open(async::runtime& runtime, options settings) {
    const std::string_view url = settings.url;
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
        return std::make_unique<postgres_database>(runtime, settings);
    }
    if (url.starts_with("sqlite:")) return std::make_unique<sqlite_database>(runtime, settings);
    // The URL may hold a password, so it is not repeated.
    throw std::invalid_argument("a database URL starts with postgresql:// or sqlite:");
}

}  // namespace esm::db
