// Reads the steps of steps.hpp from parameters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "platform/base/utf8.hpp"
#include "services/tasks/handlers/data/steps.hpp"

namespace esm::tasks::data {

namespace {

constexpr std::size_t steps_max = 32;
constexpr std::size_t keys_max = 16;
constexpr std::size_t aggregates_max = 32;
constexpr std::size_t columns_max = 256;
constexpr std::size_t made_columns_max = 64;
constexpr std::int64_t limit_max = 1'000'000'000'000;
constexpr std::size_t prefix_max_length = 64;
// In the order of `step`.
constexpr std::array<std::string_view, 9> step_names{
    "filter", "group", "sort", "limit", "select", "map", "rename", "join", "distinct"
};

// Calls `each` for the items of an array that are objects, the others are refused.
template <class Each>
void read_objects(
    checked_object& from, std::string_view name, std::size_t items_min, std::size_t items_max, Each each
) {
    const auto* items = from.array(name, true, items_min, items_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to(name), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object item((*items)[i].get_object(), at, from.problems());
        each(item);
    }
}

step read_filter(checked_object& from) {
    filter_step read;
    if (from.member("where", false)) {
        from.only({"op", "where"});
        read.where = read_expression(from, "where");
    } else {
        from.only({"op", "column", "operator", "value", "where"});
        read.rule = read_filter_rule(from);
    }
    return read;
}

aggregate read_aggregate(checked_object& from) {
    from.only({"column", "function", "as"});
    aggregate read;
    read.function = static_cast<aggregation>(
        from.choice("function", true, {"sum", "avg", "mean", "min", "max", "count", "count_distinct"})
    );
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
    read_objects(from, "aggregates", 1, aggregates_max, [&](checked_object& each) {
        read.aggregates.push_back(read_aggregate(each));
        const auto& name = read.aggregates.back().name;
        if (!names.insert(name).second) {
            each.reject("as", "duplicate", fmt::format("another column of the group is called \"{}\"", name));
        }
    });
    return read;
}

step read_sort(checked_object& from) {
    from.only({"op", "by"});
    sort_step read;
    read_objects(from, "by", 1, keys_max, [&](checked_object& each) {
        each.only({"column", "direction"});
        auto column = each.text("column", true, column_name_max_length);
        read.by.push_back({std::move(column), each.choice("direction", false, {"asc", "desc"}) == 1});
    });
    return read;
}

step read_map(checked_object& from) {
    from.only({"op", "columns"});
    map_step read;
    std::set<std::string> names;
    read_objects(from, "columns", 1, made_columns_max, [&](checked_object& each) {
        each.only({"as", "expression"});
        auto name = each.text("as", true, column_name_max_length);
        if (!names.insert(name).second) each.reject("as", "duplicate", "stands twice");
        auto value = read_expression(each, "expression");
        if (value) read.columns.push_back({std::move(name), std::move(*value)});
    });
    return read;
}

step read_rename(checked_object& from) {
    from.only({"op", "columns"});
    rename_step read;
    std::set<std::string> olds;
    std::set<std::string> news;
    read_objects(from, "columns", 1, columns_max, [&](checked_object& each) {
        each.only({"column", "as"});
        read.columns.push_back(
            {each.text("column", true, column_name_max_length), each.text("as", true, column_name_max_length)}
        );
        if (!olds.insert(read.columns.back().column).second)
            each.reject("column", "duplicate", "stands twice");
        if (!news.insert(read.columns.back().name).second) each.reject("as", "duplicate", "stands twice");
    });
    return read;
}

std::vector<join_step::key> read_keys(checked_object& from) {
    std::vector<join_step::key> keys;
    const auto* items = from.array("on", true, 1, keys_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("on"), i);
        const auto& item = (*items)[i];
        if (item.is_object()) {
            checked_object pair(item.get_object(), at, from.problems());
            pair.only({"left", "right"});
            keys.push_back(
                {pair.text("left", true, column_name_max_length),
                 pair.text("right", true, column_name_max_length)}
            );
        } else if (item.is_string() && !item.get_string().empty()) {
            const std::string name(item.get_string());
            keys.push_back({name, name});
        } else {
            from.problems().push_back({at, "wrong_type", "must be a column's name or {left, right}"});
        }
    }
    return keys;
}

step read_join(checked_object& from) {
    from.only({"op", "with", "on", "how", "columns", "prefix"});
    join_step read;
    if (const auto* with = from.member("with", true)) {
        if (with->is_object()) {
            checked_object second(with->get_object(), from.pointer_to("with"), from.problems());
            second.only(dataset_members);
            read.with = read_dataset(second);
        } else {
            from.reject("with", "wrong_type", "must be an object");
        }
    }
    read.on = read_keys(from);
    read.keeps_left = from.choice("how", false, {"inner", "left"}) == 1;
    if (from.member("columns", false)) read.columns = read_columns(from, "columns");
    read.prefix = from.text("prefix", false, prefix_max_length);
    return read;
}

step read_step(std::size_t which, checked_object& from) {
    switch (which) {
        case 0:
            return read_filter(from);
        case 1:
            return read_group(from);
        case 2:
            return read_sort(from);
        case 3:
            from.only({"op", "count"});
            return limit_step{static_cast<std::uint64_t>(from.integer("count", 0, limit_max))};
        case 4:
            from.only({"op", "columns"});
            return select_step{read_columns(from, "columns")};
        case 5:
            return read_map(from);
        case 6:
            return read_rename(from);
        case 7:
            return read_join(from);
        default:
            from.only({"op", "columns"});
            if (!from.member("columns", false)) return distinct_step{};
            return distinct_step{from.distinct_texts("columns", 1, columns_max, column_name_max_length)};
    }
}

}  // namespace

std::string_view name_of(const step& given) {
    return step_names[given.index()];
}

std::optional<expression> read_expression(checked_object& from, std::string_view name) {
    const auto text = from.text(name, true, expression_max_length);
    if (text.empty() || count_characters(text) > expression_max_length) return std::nullopt;
    auto parsed = expression::parse(text);
    if (parsed) return std::move(*parsed);
    from.reject(name, "wrong_expression", parsed.error().text);
    return std::nullopt;
}

std::vector<renamed_column> read_columns(checked_object& from, std::string_view name) {
    std::vector<renamed_column> read;
    std::set<std::string> names;
    const auto* items = from.array(name, true, 1, columns_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to(name), i);
        const auto& item = (*items)[i];
        if (item.is_object()) {
            checked_object pair(item.get_object(), at, from.problems());
            pair.only({"column", "as"});
            auto column = pair.text("column", true, column_name_max_length);
            auto as = pair.text("as", false, column_name_max_length);
            read.push_back({column, as.empty() ? column : as});
        } else if (item.is_string()) {
            const std::string text(item.get_string());
            if (text.empty() || count_characters(text) > column_name_max_length) {
                const auto rule = fmt::format("must have 1 to {} characters", column_name_max_length);
                from.problems().push_back({at, "length", rule});
            }
            read.push_back({text, text});
        } else {
            from.problems().push_back({at, "wrong_type", "must be a column's name or {column, as}"});
            continue;
        }
        if (!names.insert(read.back().name).second) {
            from.problems().push_back({at, "duplicate", "stands twice"});
        }
    }
    return read;
}

std::vector<step> read_steps(checked_object& from) {
    std::vector<step> read;
    const auto* items = from.array("steps", false, 0, steps_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("steps"), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), at, from.problems());
        const auto* op = each.member("op", true);
        if (!op) continue;
        const auto* found = step_names.end();
        if (op->is_string())
            found = std::find(step_names.begin(), step_names.end(), std::string_view(op->get_string()));
        if (found == step_names.end()) {
            each.reject("op", "not_allowed", fmt::format("must be one of {}", fmt::join(step_names, ", ")));
        } else {
            read.push_back(read_step(static_cast<std::size_t>(found - step_names.begin()), each));
        }
    }
    return read;
}

}  // namespace esm::tasks::data
