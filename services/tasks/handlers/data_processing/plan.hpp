// The parameters of data_processing, read and checked (contracts/task_types/data_processing.json): an input
// and the steps it takes.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/data_processing/cell.hpp"

namespace esm::tasks::data_processing {

inline constexpr std::size_t rows_max = 10'000;
inline constexpr std::size_t columns_max = 256;
// Bounds what sparse rows may grow to: 24 MB of cells.
inline constexpr std::size_t cells_max = 1'000'000;

enum class comparison : std::uint8_t { eq, ne, lt, le, gt, ge, contains, in };
enum class aggregation : std::uint8_t { sum, avg, min, max, count };

struct filter_step {
    std::string column;
    comparison how{comparison::eq};
    std::vector<cell> values;  // one, but for `in`; views into the parameters
};

struct aggregate {
    aggregation function{aggregation::count};
    std::string column;  // empty: count rows
    std::string name;    // of the new column
};

struct group_step {
    std::vector<std::string> by;
    std::vector<aggregate> aggregates;
};

struct sort_key {
    std::string column;
    bool descending{false};
};

struct sort_step {
    std::vector<sort_key> by;
};

struct limit_step {
    std::size_t count{0};
};

struct select_step {
    std::vector<std::string> columns;
};

using step = std::variant<filter_step, group_step, sort_step, limit_step, select_step>;

// Views into the parameters, which must outlive it.
struct plan {
    const boost::json::array* rows{nullptr};  // or else csv
    std::string_view csv;
    std::vector<step> steps;
};

std::string_view name_of(const step& given);
std::string_view name_of(aggregation function);

// Adds what is wrong to `problems`; the plan may be run only where nothing was added.
plan read_plan(const boost::json::object& parameters, std::vector<field_error>& problems);

}  // namespace esm::tasks::data_processing
