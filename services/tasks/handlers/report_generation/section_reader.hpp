// Reads the sections of a report's parameters.
#pragma once

#include "services/tasks/handlers/report_generation/plan.hpp"

namespace esm::tasks::report_generation {

using data::checked_object;

// `sources`: what the sections may name. A section without a source takes the only one there is.
std::vector<section_plan> read_sections(checked_object& from, const std::vector<source_plan>& sources);

// The rules of the member "where"; none where it is absent.
std::vector<data::filter_rule> read_where(checked_object& from);

bool read_flag(checked_object& from, std::string_view name);
// `fallback` where it is absent.
std::int64_t read_integer(
    checked_object& from,
    std::string_view name,
    std::int64_t minimum,
    std::int64_t maximum,
    std::int64_t fallback
);

}  // namespace esm::tasks::report_generation
