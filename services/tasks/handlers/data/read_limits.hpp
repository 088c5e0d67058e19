// The limits of work over data as the service is configured.
#pragma once

#include <algorithm>

#include "services/tasks/config.hpp"
#include "services/tasks/handlers/data/limits.hpp"

namespace esm::tasks::data {

inline limits read_limits(const config& settings) {
    // A result says more than its rows: counts, and the artifact with its digest.
    constexpr std::int64_t beside_rows_bytes = 512;
    limits read;
    read.memory_bytes = static_cast<std::size_t>(settings.data_memory_max_bytes);
    read.join_bytes = static_cast<std::size_t>(settings.data_join_max_bytes);
    read.scratch_bytes = static_cast<std::uint64_t>(settings.data_scratch_max_bytes);
    read.input_bytes = static_cast<std::uint64_t>(settings.data_input_max_bytes);
    read.row_bytes = static_cast<std::size_t>(settings.data_row_max_bytes);
    read.cell_bytes = static_cast<std::size_t>(settings.data_cell_max_bytes);
    read.columns_max = static_cast<std::size_t>(settings.data_columns_max);
    read.helper_threads_max = static_cast<std::size_t>(settings.data_helper_threads_max);
    read.result_bytes = static_cast<std::size_t>(
        std::max<std::int64_t>(settings.result_max_bytes - beside_rows_bytes, beside_rows_bytes)
    );
    return read;
}

}  // namespace esm::tasks::data
