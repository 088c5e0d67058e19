// What both drivers ask of a statement's parameters.
#pragma once

#include <span>
#include <string_view>

#include "platform/db/value.hpp"

namespace esm::db {

std::size_t length_of(const column& one);

// Throws std::logic_error when columns differ in length: a store's bug, not its input's.
void require_equal_length(std::string_view statement_name, std::span<const column> columns);

// PostgreSQL's text holds no NUL, so neither does ours on SQLite. Throws query_failed 22021
// (character_not_in_repertoire).
void refuse_nul(std::string_view statement_name, std::span<const value> values);
void refuse_nul(std::string_view statement_name, std::span<const column> columns);

}  // namespace esm::db
