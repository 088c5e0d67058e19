// The rows of a SQLite statement as text in one buffer, since SQLite's own cells live only until the next
// step.
#pragma once

#include "platform/db/sqlite_connection.hpp"

namespace esm::db {

class sqlite_connection::cells : public result_source {
public:
    std::size_t row_count() const override { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    bool is_null(std::size_t row, std::size_t column) const override { return at(row, column).null; }
    std::string_view text(std::size_t row, std::size_t column) const override {
        const auto& one = at(row, column);
        return std::string_view(text_).substr(one.offset, one.length);
    }

    void take_row(sqlite3_stmt* from);

    std::int64_t affected{0};

private:
    struct cell {
        std::size_t offset;
        std::size_t length;
        bool null;
    };
    const cell& at(std::size_t row, std::size_t column) const { return cells_[row * columns_ + column]; }

    std::size_t columns_{0};
    std::vector<cell> cells_;
    std::string text_;
};

}  // namespace esm::db
