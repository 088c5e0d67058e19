// What one task over data may take of this machine; from the service's configuration (data_… keys).
#pragma once

#include <cstddef>
#include <cstdint>

namespace esm::tasks::data {

struct limits {
    std::size_t memory_bytes{std::size_t{40} << 20U};      // groups and sorted rows before they go to disk
    std::size_t join_bytes{std::size_t{24} << 20U};        // the second sources of its joins together
    std::uint64_t scratch_bytes{std::uint64_t{8} << 30U};  // its files on disk, results included
    std::uint64_t input_bytes{std::uint64_t{64} << 30U};   // of one source, unpacked
    std::size_t row_bytes{std::size_t{4} << 20U};          // of one row as its file has it
    std::size_t cell_bytes{std::size_t{1} << 20U};
    std::size_t columns_max{1000};
    std::size_t result_bytes{std::size_t{1} << 20U};   // of rows in the result; more become an artifact
    std::size_t helper_threads_max{1};                 // beside the worker's own, of all tasks together
    std::size_t block_bytes{std::size_t{256} << 10U};  // read and parsed at once
};

}  // namespace esm::tasks::data
