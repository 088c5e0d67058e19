// See filter.hpp.
#include "services/tasks/handlers/data/filter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace esm::tasks::data {

namespace {

constexpr std::size_t list_items_max = 1000;
constexpr std::string_view cell_rule = "must be a text, a number, true, false or null";

bool before(const cell& left, const cell& right) {
    return compare(left, right) < 0;
}

std::vector<cell> read_list(checked_object& from, const bj::value& value) {
    std::vector<cell> cells;
    if (!value.is_array() || value.get_array().size() > list_items_max) {
        from.reject(
            "value", "wrong_type", fmt::format("must be an array of at most {} cells", list_items_max)
        );
        return cells;
    }
    for (const auto& item : value.get_array()) {
        if (const auto each = cell_of(item)) {
            cells.push_back(*each);
        } else {
            const auto at = fmt::format("{}/{}", from.pointer_to("value"), cells.size());
            from.problems().push_back({at, "wrong_type", std::string(cell_rule)});
            return cells;
        }
    }
    std::sort(cells.begin(), cells.end(), before);
    return cells;
}

}  // namespace

filter_rule read_filter_rule(checked_object& from) {
    filter_rule read;
    read.column = from.text("column", true, column_name_max_length);
    read.how = static_cast<comparison>(
        from.choice("operator", true, {"eq", "ne", "lt", "le", "gt", "ge", "contains", "in"})
    );
    const auto* value = from.member("value", true);
    if (!value) return read;
    if (read.how == comparison::in) {
        read.values = read_list(from, *value);
    } else if (read.how == comparison::contains && !value->is_string()) {
        from.reject("value", "wrong_type", "must be a text for contains");
    } else if (const auto one = cell_of(*value)) {
        read.values = {*one};
    } else {
        from.reject("value", "wrong_type", std::string(cell_rule));
    }
    return read;
}

bool holds(comparison how, const cell& left, const cell& right) {
    if (how == comparison::eq) return equal(left, right);
    if (how == comparison::ne) return !equal(left, right);
    const bool same_kind = (left.is_number() && right.is_number()) || (left.is_text() && right.is_text());
    if (!same_kind) return false;
    if (how == comparison::contains) return left.text().find(right.text()) != std::string_view::npos;
    const auto order = compare(left, right);
    switch (how) {
        case comparison::lt:
            return order < 0;
        case comparison::le:
            return order <= 0;
        case comparison::gt:
            return order > 0;
        default:
            return order >= 0;
    }
}

bool fits(const filter_rule& rule, const cell& given) {
    if (rule.how == comparison::in) {
        return std::binary_search(rule.values.begin(), rule.values.end(), given, before);
    }
    if (rule.how == comparison::contains && !given.is_text()) return false;
    return holds(rule.how, given, rule.values.front());
}

}  // namespace esm::tasks::data
