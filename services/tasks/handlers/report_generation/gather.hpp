// Runs the data sets of a plan through its sections: one pass over each set, whatever the number of sections
// that show it.
#pragma once

#include "services/tasks/handlers/data/limits.hpp"
#include "services/tasks/handlers/report_generation/plan.hpp"

namespace esm::tasks::report_generation {

inline constexpr std::uint64_t rows_read_max = 100'000'000;

struct gathered {
    std::vector<block> blocks;  // one a section
    std::uint64_t rows{0};      // read, of all data sets
};

// Why there is no report.
struct no_report {
    enum class reason : std::uint8_t { bad_data, told_to_stop, may_pass } why{reason::bad_data};
    std::string text;
};

// The plan outlives the blocks' use; files of rows lie in the work's scratch folder.
boost::system::result<gathered, no_report> gather(
    const plan& what, work& current, const data::limits& bounds
);

}  // namespace esm::tasks::report_generation
