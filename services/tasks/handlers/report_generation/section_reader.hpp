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
// Each object of an array with its own pointer.
template <class Read>
void read_objects(
    checked_object& from,
    std::string_view name,
    bool required,
    std::size_t items_min,
    std::size_t items_max,
    Read read
) {
    const auto* items = from.array(name, required, items_min, items_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        auto at = from.pointer_to(name) + "/" + std::to_string(i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({std::move(at), "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), std::move(at), from.problems());
        read(each);
    }
}

}  // namespace esm::tasks::report_generation
