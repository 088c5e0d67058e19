// See plan.hpp.
#include "services/tasks/handlers/data_processing/plan.hpp"

#include <fmt/format.h>

#include <array>
#include <set>

#include "platform/base/json_text.hpp"
#include "services/tasks/handlers/data_processing/checked_object.hpp"

namespace esm::tasks::data_processing {

namespace {

constexpr std::size_t column_name_max_length = 128;
constexpr std::size_t steps_max = 32;
constexpr std::size_t keys_max = 16;
constexpr std::size_t aggregates_max = 32;
constexpr std::size_t list_items_max = 1000;
constexpr std::size_t problems_max = 50;  // of one kind of thing: the answer stays readable
constexpr std::array<std::string_view, 5> step_names{"filter", "group", "sort", "limit", "select"};
constexpr std::array<std::string_view, 5> aggregation_names{"sum", "avg", "min", "max", "count"};
constexpr std::string_view cell_rule = "must be a text, a number, true, false or null";

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
    return cells;
}

step read_filter(checked_object& from) {
    from.only({"op", "column", "operator", "value"});
    filter_step read;
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

aggregate read_aggregate(checked_object& from) {
    from.only({"column", "function", "as"});
    aggregate read;
    read.function =
        static_cast<aggregation>(from.choice("function", true, {"sum", "avg", "min", "max", "count"}));
    read.column = from.text("column", read.function != aggregation::count, column_name_max_length);
    read.name = from.text("as", false, column_name_max_length);
    if (!read.name.empty()) return read;
    read.name = read.column.empty() ? "count" : fmt::format("{}_{}", name_of(read.function), read.column);
    return read;
}

step read_group(checked_object& from) {
    from.only({"op", "by", "aggregates"});
    group_step read;
    read.by = from.distinct_texts("by", 0, keys_max, column_name_max_length);
    std::set<std::string> names(read.by.begin(), read.by.end());
    const auto* items = from.array("aggregates", true, 1, aggregates_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("aggregates"), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), at, from.problems());
        read.aggregates.push_back(read_aggregate(each));
        const auto& name = read.aggregates.back().name;
        if (!names.insert(name).second) {
            each.reject("as", "duplicate", fmt::format("another column of the group is called \"{}\"", name));
        }
    }
    return read;
}

step read_sort(checked_object& from) {
    from.only({"op", "by"});
    sort_step read;
    const auto* items = from.array("by", true, 1, keys_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("by"), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), at, from.problems());
        each.only({"column", "direction"});
        auto column = each.text("column", true, column_name_max_length);
        read.by.push_back({std::move(column), each.choice("direction", false, {"asc", "desc"}) == 1});
    }
    return read;
}

step read_step(checked_object& from) {
    switch (from.choice("op", true, {"filter", "group", "sort", "limit", "select"})) {
        case 0:
            return read_filter(from);
        case 1:
            return read_group(from);
        case 2:
            return read_sort(from);
        case 3:
            from.only({"op", "count"});
            return limit_step{static_cast<std::size_t>(from.integer("count", 0, 1'000'000))};
        default:
            from.only({"op", "columns"});
            return select_step{from.distinct_texts("columns", 1, columns_max, column_name_max_length)};
    }
}

void read_steps(checked_object& from, plan& into) {
    const auto* items = from.array("steps", false, 0, steps_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("steps"), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), at, from.problems());
        const auto* op = each.member("op", true);
        const bool known =
            op && op->is_string() &&
            std::find(step_names.begin(), step_names.end(), op->get_string()) != step_names.end();
        if (known) {
            into.steps.push_back(read_step(each));
        } else if (op) {
            each.reject("op", "not_allowed", "must be one of filter, group, sort, limit, select");
        }
    }
}

void check_rows(checked_object& from, const bj::array& rows) {
    const auto before = from.problems().size();
    for (std::size_t i = 0; i < rows.size() && from.problems().size() < before + problems_max; ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("rows"), i);
        if (!rows[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        const auto& row = rows[i].get_object();
        if (row.size() > columns_max) {
            from.problems().push_back({at, "item_count", fmt::format("has more than {} columns", columns_max)}
            );
        }
        for (const auto& member : row) {
            if (cell_of(member.value())) continue;
            from.problems().push_back(
                {at + "/" + json::pointer_token(member.key()), "wrong_type", std::string(cell_rule)}
            );
        }
    }
}

}  // namespace

std::string_view name_of(const step& given) {
    return step_names[given.index()];
}
std::string_view name_of(aggregation function) {
    return aggregation_names[static_cast<std::size_t>(function)];
}

plan read_plan(const boost::json::object& parameters, std::vector<field_error>& problems) {
    checked_object from(parameters, "", problems);
    from.only({"format", "rows", "csv", "steps"});
    plan read;
    const auto format = from.choice("format", true, {"json", "csv"});
    const bool is_json = format == 0;
    if (from.member(is_json ? "csv" : "rows", false)) {
        from.reject(is_json ? "csv" : "rows", "not_allowed", "does not go with this format");
    }
    if (is_json) {
        read.rows = from.array("rows", true, 0, rows_max);
        if (read.rows) check_rows(from, *read.rows);
    } else if (const auto* csv = from.member("csv", true)) {
        if (csv->is_string() && !csv->get_string().empty()) {
            read.csv = csv->get_string();
        } else {
            from.reject("csv", "wrong_type", "must be a text that is not empty");
        }
    }
    read_steps(from, read);
    return read;
}

}  // namespace esm::tasks::data_processing
