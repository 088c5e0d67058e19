// The statements of a migration file. A statement ends with a semicolon at the end of a line that does not
// stand between two $$.
#pragma once

#include <string_view>
#include <vector>

namespace esm::db {

// Views into `text`, without the semicolons; comment lines before a statement are left out.
std::vector<std::string_view> split_statements(std::string_view text);

}  // namespace esm::db
