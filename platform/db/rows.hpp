// What a statement answers. Holds the driver's own result; cheap to move, cells are read in place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace esm::db {

// Implemented by each driver: text of every cell.
class result_source {
public:
    virtual ~result_source() = default;
    virtual std::size_t row_count() const = 0;
    virtual bool is_null(std::size_t row, std::size_t column) const = 0;
    virtual std::string_view text(std::size_t row, std::size_t column) const = 0;
};

class row {
public:
    row(const result_source& source, std::size_t index) : source_(&source), index_(index) {}

    bool is_null(std::size_t column) const { return source_->is_null(index_, column); }
    // Valid as long as the rows object lives.
    std::string_view view(std::size_t column) const { return source_->text(index_, column); }
    std::string text(std::size_t column) const { return std::string(view(column)); }
    // Throws std::runtime_error for a cell that is no integer or is NULL: a statement and its reader
    // disagree.
    std::int64_t integer(std::size_t column) const;
    double real(std::size_t column) const;
    // PostgreSQL's t/f and SQLite's 1/0.
    bool boolean(std::size_t column) const;
    std::optional<std::string> optional_text(std::size_t column) const;
    std::optional<std::int64_t> optional_integer(std::size_t column) const;

private:
    const result_source* source_;
    std::size_t index_;
};

class rows {
public:
    rows() = default;
    // `affected`: rows an INSERT, UPDATE or DELETE changed.
    rows(std::shared_ptr<const result_source> source, std::int64_t affected)
        : source_(std::move(source)), affected_(affected) {}

    std::size_t size() const { return source_ ? source_->row_count() : 0; }
    bool empty() const { return size() == 0; }
    row operator[](std::size_t index) const { return {*source_, index}; }
    row front() const { return (*this)[0]; }
    std::int64_t affected() const { return affected_; }

    class iterator {
    public:
        iterator(const rows& owner, std::size_t index) : owner_(&owner), index_(index) {}
        row operator*() const { return (*owner_)[index_]; }
        iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const iterator& other) const { return index_ != other.index_; }

    private:
        const rows* owner_;
        std::size_t index_;
    };
    iterator begin() const { return {*this, 0}; }
    iterator end() const { return {*this, size()}; }

private:
    std::shared_ptr<const result_source> source_;
    std::int64_t affected_{0};
};

}  // namespace esm::db
