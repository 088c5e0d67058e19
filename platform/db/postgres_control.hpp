// The statements that control transactions; the drivers' own, so they stand in no .sql file.
#pragma once

#include "platform/db/statement.hpp"

namespace esm::db {

inline constexpr statement begin_statement{"begin", "BEGIN", "BEGIN IMMEDIATE"};
inline constexpr statement commit_statement{"commit", "COMMIT", "COMMIT"};
inline constexpr statement rollback_statement{"rollback", "ROLLBACK", "ROLLBACK"};

}  // namespace esm::db
