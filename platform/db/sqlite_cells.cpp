// See sqlite_cells.hpp.
#include "platform/db/sqlite_cells.hpp"

#include <charconv>

namespace esm::db {

void sqlite_connection::cells::take_row(sqlite3_stmt* from) {
    columns_ = static_cast<std::size_t>(sqlite3_column_count(from));
    for (int i = 0; i < static_cast<int>(columns_); ++i) {
        const auto offset = text_.size();
        const int type = sqlite3_column_type(from, i);
        if (type == SQLITE_FLOAT) {
            // SQLite's own text has 15 digits, too few to read the same number back.
            std::array<char, 32> digits;
            const auto number = sqlite3_column_double(from, i);
            text_.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
        } else if (type != SQLITE_NULL) {
            const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(from, i));
            text_.append(bytes, static_cast<std::size_t>(sqlite3_column_bytes(from, i)));
        }
        cells_.push_back({offset, text_.size() - offset, type == SQLITE_NULL});
    }
}

}  // namespace esm::db
