// Brings a database to the schema the binary expects. Each migration runs once, in order, in a transaction,
// under an advisory lock (two replicas may start at once), and leaves its checksum: an edited migration is
// refused.
#pragma once

#include <span>
#include <stdexcept>
#include <string>

#include "platform/db/database.hpp"

namespace esm::db {

class migration_failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A set of migrations with its own numbering: the service's own, and those of the platform parts it uses
// ("outbox").
struct migration_set {
    std::string name;
    std::span<const migration> migrations;
};

// Answers how many were applied. Throws migration_failed when a checksum differs or the database is newer
// than the binary.
awaitable<int> migrate(database& target, std::span<const migration_set> sets, deadline until);

}  // namespace esm::db
