// Aggregates of a group as they grow: plain memory within a group's entry, so that entries can go to disk and
// come back. Sums do not depend on the order of the rows: whole numbers are exact, others are added with
// twice the precision of a long double.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/tasks/handlers/data/batch.hpp"
#include "services/tasks/handlers/data/problem.hpp"

namespace esm::tasks::data {

enum class aggregation : std::uint8_t { sum, avg, mean, min, max, count, count_distinct };
std::string_view name_of(aggregation function);

struct aggregate {
    aggregation function{aggregation::count};
    std::string column;  // empty: count rows
    std::string name;    // of the new column
};

// How the entries of one grouping lie in memory: hash, first row, the keys' cells, cells of the group's first
// row that are kept besides, the aggregates.
class group_layout {
public:
    group_layout(std::size_t keys, std::size_t firsts, std::vector<aggregate> aggregates);

    struct entry {
        std::uint64_t hash;
        std::uint64_t first;  // the group's first row: where the group stands in the result
    };
    // Keys, then firsts.
    static cell* cells(entry* of) { return reinterpret_cast<cell*>(of + 1); }
    static const cell* cells(const entry* of) { return reinterpret_cast<const cell*>(of + 1); }

    std::size_t keys() const { return keys_; }
    std::size_t firsts() const { return firsts_; }
    std::size_t entry_bytes() const { return bytes_; }
    const std::vector<aggregate>& aggregates() const { return aggregates_; }
    // The places of the cells, whose texts must follow an entry to where it goes.
    const std::vector<std::size_t>& cell_offsets() const { return cell_offsets_; }

    // Zero rows.
    void begin(entry* of) const;
    // Adds the column's cells to the groups of the rows; no column: counts rows. A problem names the row.
    checked<void> add(
        std::size_t aggregate, const cell* column, std::size_t rows, entry* const* groups, arena& texts
    ) const;
    void add_count(std::size_t aggregate, entry* of, std::int64_t more) const;
    // Adds `more`, whose texts are copied.
    checked<void> merge(entry* into, const entry* more, arena& texts) const;
    checked<cell> value(std::size_t aggregate, const entry* of) const;

private:
    template <class T>
    T& state(entry* of, std::size_t aggregate) const {
        return *reinterpret_cast<T*>(reinterpret_cast<char*>(of) + offsets_[aggregate]);
    }
    template <class T>
    const T& state(const entry* of, std::size_t aggregate) const {
        return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(of) + offsets_[aggregate]);
    }
    checked<void> add_numbers(
        std::size_t aggregate, const cell* column, std::size_t rows, entry* const* groups
    ) const;
    checked<void> add_extremes(
        std::size_t aggregate, const cell* column, std::size_t rows, entry* const* groups, arena& texts
    ) const;
    std::string check_extreme(aggregation function, const cell& given, const cell& before) const;

    const std::size_t keys_;
    const std::size_t firsts_;
    const std::vector<aggregate> aggregates_;
    std::vector<std::size_t> offsets_;
    std::vector<std::size_t> cell_offsets_;
    std::size_t bytes_{0};
};

}  // namespace esm::tasks::data
