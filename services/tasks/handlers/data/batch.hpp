// Some rows as columns, on their way through the steps; reused from one fill to the next. Its texts live
// until then.
#pragma once

#include <algorithm>
#include <vector>

#include "services/tasks/handlers/data/arena.hpp"

namespace esm::tasks::data {

struct batch {
    // So many rows that the cells stay within a core's cache.
    static std::size_t rows_for(std::size_t columns) {
        constexpr std::size_t cells = 32768;
        return std::clamp<std::size_t>(cells / std::max<std::size_t>(columns, 1), 16, 1024);
    }

    explicit batch(std::size_t columns_count)
        : rows_max(rows_for(columns_count)), columns(columns_count, std::vector<cell>(rows_max)) {}

    // Nothing in it; its part of the input is set by whoever fills it.
    void clear() {
        rows = 0;
        texts.clear();
    }

    std::size_t rows_max;
    std::size_t rows{0};
    std::uint64_t part{0};  // which part of the input the rows come from: in order, not without gaps
    std::vector<std::vector<cell>> columns;  // each of rows_max cells, of which `rows` count
    arena texts;                             // that the input holds in no one piece
};

}  // namespace esm::tasks::data
