// Sorts rows of cells in bounded memory: runs that fill it are sorted and written to scratch, then merged.
// Stable.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "services/tasks/handlers/data/arena.hpp"
#include "services/tasks/handlers/data/scratch_space.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::data {

struct sort_place {
    std::size_t column;
    bool descending{false};
};

class row_sorter {
public:
    static constexpr std::uint64_t all_rows = std::numeric_limits<std::uint64_t>::max();
    // The row's cells live until the function returns.
    using row_function = std::function<checked<void>(std::span<const cell> row)>;

    // Keeps only the first `rows_wanted` rows.
    row_sorter(
        std::size_t columns,
        std::vector<sort_place> by,
        scratch_space& space,
        std::size_t memory_bytes,
        const run_control& control,
        std::uint64_t rows_wanted = all_rows
    );

    // Copies the row.
    checked<void> add(std::span<const cell> row);
    // Hands out the rows in order; once, after the last add.
    checked<void> finish(const row_function& take);

private:
    using run = std::unique_ptr<spill_file>;
    struct sorted_row {
        const cell* cells;
        std::size_t order;  // among equal rows
    };

    std::strong_ordering order(const cell* left, const cell* right) const;
    void store(std::span<const cell> row);
    std::uint64_t bytes_of(std::span<const sorted_row> rows, std::uint64_t enough) const;
    checked<void> write_run(std::span<const sorted_row> rows);
    checked<void> sort_rows();
    checked<void> make_room();
    checked<void> append(spill_file& to, const cell* row) const;
    checked<void> merge(std::span<run> runs, const row_function& take);
    checked<void> merge_down(std::size_t runs_max);
    // Twice the places: they double, and then both exist for a moment.
    std::size_t memory_used() const { return cells_.bytes() + rows_.capacity() * sizeof(sorted_row) * 2; }

    const std::size_t columns_;
    const std::vector<sort_place> by_;
    scratch_space& space_;
    const std::size_t memory_bytes_;
    const run_control& control_;
    const std::uint64_t rows_wanted_;
    arena cells_;
    std::vector<sorted_row> rows_;
    std::vector<run> runs_;
};

}  // namespace esm::tasks::data
