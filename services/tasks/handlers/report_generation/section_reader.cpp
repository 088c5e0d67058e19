// See section_reader.hpp.
#include "services/tasks/handlers/report_generation/section_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr std::size_t title_max_length = 200;
constexpr std::size_t note_max_length = 500;
constexpr std::size_t text_max_length = 20'000;
constexpr std::size_t unit_max_length = 12;
constexpr std::size_t colors_max = 50;
constexpr std::size_t name_max_length = 128;
constexpr std::int64_t table_rows_default = 1000;
constexpr std::array<std::string_view, 10> aggregation_names{
    "count", "share", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"
};

value_format read_format(checked_object& from) {
    value_format read;
    read.kind = static_cast<value_kind>(from.choice(
        "format", false, {"auto", "text", "number", "percent", "bytes", "duration", "date", "dateTime"}
    ));
    read.decimals = static_cast<int>(read_integer(from, "decimals", 0, 6, -1));
    read.unit = from.text("unit", false, unit_max_length);
    return read;
}

// A column may be given as its name alone: true where it is, or is neither this nor an object, which is
// recorded.
bool read_plain_column(
    checked_object& from, const bj::value& given, const std::string& at, std::string& column
) {
    if (given.is_object()) return false;
    if (!given.is_string()) {
        from.problems().push_back({at, "wrong_type", "must be the name of a column, or an object"});
        return true;
    }
    column = given.get_string();
    if (column.empty() || count_characters(column) > name_max_length) {
        from.problems().push_back({at, "length", fmt::format("must have 1 to {} characters", name_max_length)}
        );
    }
    return true;
}

key_column read_key(checked_object& from, const bj::value& given, const std::string& at) {
    key_column read;
    if (read_plain_column(from, given, at, read.column)) return read;
    checked_object key(given.get_object(), at, from.problems());
    key.only({"column", "title", "bucket"});
    read.column = key.text("column", true, name_max_length);
    read.title = key.text("title", false, title_max_length);
    read.size = static_cast<bucket>(key.choice("bucket", false, {"none", "hour", "day", "week", "month"}));
    return read;
}

measure read_measure(checked_object& from) {
    from.only({"function", "column", "where", "title", "format", "decimals", "unit"});
    measure read;
    read.column = from.text("column", false, name_max_length);
    read.how = read.column.empty() ? aggregation::count : aggregation::sum;
    if (from.member("function", false)) {
        read.how = static_cast<aggregation>(from.choice(
            "function", false, {"count", "share", "sum", "avg", "min", "max", "p50", "p90", "p95", "p99"}
        ));
    }
    if (read.how > aggregation::share && read.column.empty())
        from.reject("column", "required", "is required");
    read.where = read_where(from);
    if (read.how == aggregation::share && read.where.empty()) {
        from.reject("where", "required", "is required: the share of which rows?");
    }
    read.title = from.text("title", false, title_max_length);
    if (read.title.empty()) {
        read.title = read.column.empty()            ? std::string(name_of(read.how))
                     : read.how == aggregation::sum ? read.column
                                                    : fmt::format("{} {}", read.column, name_of(read.how));
    }
    read.format = read_format(from);
    if (read.format.kind == value_kind::automatic && read.how == aggregation::share) {
        read.format.kind = value_kind::percent;
    }
    if (read.how == aggregation::count) read.format.decimals = 0;
    return read;
}

class section_reader {
public:
    explicit section_reader(const std::vector<source_plan>& sources) : sources_(sources) {}

    section_plan read(checked_object& from) const {
        const auto before = from.problems().size();
        const auto kind =
            from.choice("kind", true, {"heading", "text", "table", "chart", "figures", "pageBreak"});
        if (from.problems().size() > before) return page_break_block{};  // what else is wrong depends on it
        switch (kind) {
            case 0:
                return read_heading(from);
            case 1: {
                from.only({"kind", "text"});
                return text_block{from.text("text", true, text_max_length)};
            }
            case 2:
                return read_table(from);
            case 3:
                return read_chart(from);
            case 4:
                return read_figures(from);
            default:
                from.only({"kind"});
                return page_break_block{};
        }
    }

private:
    static section_plan read_heading(checked_object& from) {
        from.only({"kind", "text", "level"});
        return heading_block{
            from.text("text", true, title_max_length), static_cast<int>(read_integer(from, "level", 1, 3, 1))
        };
    }

    std::size_t read_source(checked_object& from) const {
        const bool needed = sources_.size() != 1;
        const auto name = from.text("source", needed, name_max_length);
        if (name.empty()) return 0;
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (sources_[i].name == name) return i;
        }
        std::vector<std::string_view> known;
        for (const auto& each : sources_) known.push_back(each.name);
        from.reject(
            "source", "not_allowed", fmt::format("must be one of sources: {}", fmt::join(known, ", "))
        );
        return 0;
    }

    section_plan read_figures(checked_object& from) const {
        from.only({"kind", "title", "source", "where", "figures"});
        figures_plan read;
        read.title = from.text("title", false, title_max_length);
        read.source = read_source(from);
        read.where = read_where(from);
        from.objects("figures", true, 1, figures_max, [&](checked_object& each) {
            read.figures.push_back(read_measure(each));
        });
        return read;
    }

    static column_plan read_column(checked_object& from, const bj::value& given, std::string at) {
        column_plan read;
        if (read_plain_column(from, given, at, read.column)) return read;
        checked_object column(given.get_object(), std::move(at), from.problems());
        column.only({"column", "title", "align", "format", "decimals", "unit", "width", "total"});
        read.column = column.text("column", true, name_max_length);
        read.title = column.text("title", false, title_max_length);
        if (column.member("align", false)) {
            read.aligned = static_cast<alignment>(column.choice("align", false, {"left", "right", "center"}));
        }
        read.format = read_format(column);
        read.share = static_cast<double>(read_integer(column, "width", 1, 100, 0));
        read.total = read_flag(column, "total");
        return read;
    }

    static void read_groups(checked_object& from, table_plan& into) {
        const auto* keys = from.array("groupBy", false, 1, keys_max);
        for (std::size_t i = 0; keys && i < keys->size(); ++i) {
            const auto at = fmt::format("{}/{}", from.pointer_to("groupBy"), i);
            into.keys.push_back(read_key(from, (*keys)[i], at));
        }
        from.objects("aggregates", false, 1, measures_max, [&](checked_object& each) {
            into.measures.push_back(read_measure(each));
        });
        const bool grouped = from.member("groupBy", false) != nullptr;
        if (grouped != (from.member("aggregates", false) != nullptr)) {
            from.reject(grouped ? "aggregates" : "groupBy", "required", "groupBy and aggregates go together");
        }
    }

    section_plan read_table(checked_object& from) const {
        from.only(
            {"kind", "title", "note", "source", "where", "columns", "groupBy", "aggregates", "sortBy", "limit"
            }
        );
        table_plan read;
        read.title = from.text("title", false, title_max_length);
        read.note = from.text("note", false, note_max_length);
        read.source = read_source(from);
        read.where = read_where(from);
        const auto* columns = from.array("columns", false, 1, columns_max);
        for (std::size_t i = 0; columns && i < columns->size(); ++i) {
            const auto at = fmt::format("{}/{}", from.pointer_to("columns"), i);
            read.columns.push_back(read_column(from, (*columns)[i], at));
        }
        read_groups(from, read);
        if (const auto* sort = from.member("sortBy", false)) {
            if (sort->is_object()) {
                checked_object by(sort->get_object(), from.pointer_to("sortBy"), from.problems());
                by.only({"column", "direction"});
                read.sort_column = by.text("column", true, name_max_length);
                read.descending = by.choice("direction", false, {"asc", "desc"}) == 1;
            } else {
                from.reject("sortBy", "wrong_type", "must be an object");
            }
        }
        const auto most =
            static_cast<std::int64_t>(read.sort_column.empty() ? table_rows_max : sorted_rows_max);
        read.limit = static_cast<std::size_t>(read_integer(from, "limit", 1, most, table_rows_default));
        return read;
    }

    static void read_colors(checked_object& from, chart_plan& into) {
        const auto* given = from.member("colors", false);
        if (!given) return;
        if (!given->is_object() || given->get_object().size() > colors_max) {
            return from.reject(
                "colors", "wrong_type", fmt::format("must be an object of at most {}", colors_max)
            );
        }
        for (const auto& [name, value] : given->get_object()) {
            const auto shown = value.is_string() ? parse_color(value.get_string()) : std::nullopt;
            if (shown) {
                into.colors.emplace(name, *shown);
            } else {
                from.problems().push_back(
                    {from.pointer_to("colors") + "/" + json::pointer_token(name),
                     "pattern",
                     "must be a colour as #0072b2"}
                );
            }
        }
    }

    section_plan read_chart(checked_object& from) const {
        from.only(
            {"kind",
             "chart",
             "title",
             "note",
             "source",
             "where",
             "category",
             "splitBy",
             "values",
             "order",
             "limit",
             "categoryTitle",
             "valueTitle",
             "colors"}
        );
        chart_plan read;
        read.kind = static_cast<chart_kind>(
            from.choice("chart", true, {"bar", "horizontalBar", "stackedBar", "line", "pie", "donut"})
        );
        read.title = from.text("title", false, title_max_length);
        read.note = from.text("note", false, note_max_length);
        read.source = read_source(from);
        read.where = read_where(from);
        if (const auto* category = from.member("category", true)) {
            read.category = read_key(from, *category, from.pointer_to("category"));
        }
        read.split = from.text("splitBy", false, name_max_length);
        from.objects("values", true, 1, measures_max, [&](checked_object& each) {
            read.values.push_back(read_measure(each));
        });
        const bool round = read.kind == chart_kind::pie || read.kind == chart_kind::donut;
        if (round && !read.split.empty()) from.reject("splitBy", "not_allowed", "a pie has one series");
        if (read.values.size() > 1 && (round || !read.split.empty())) {
            from.reject("values", "item_count", "must have one item in a pie and where splitBy is given");
        }
        read_order(from, read, round);
        read.category_title = from.text("categoryTitle", false, title_max_length);
        read.value_title = from.text("valueTitle", false, title_max_length);
        read_colors(from, read);
        return read;
    }

    static void read_order(checked_object& from, chart_plan& into, bool round) {
        const bool ranked = round || into.kind == chart_kind::horizontal_bar;
        if (into.category.size != bucket::none) {
            into.order = category_order::by_category;
        } else if (ranked) {
            into.order = category_order::by_value;
        }
        if (from.member("order", false)) {
            into.order =
                static_cast<category_order>(from.choice("order", false, {"none", "category", "value"}));
        }
        const auto fallback = static_cast<std::int64_t>(categories_default(into.kind));
        const auto most = static_cast<std::int64_t>(categories_max(into.kind));
        into.limit = static_cast<std::size_t>(read_integer(from, "limit", 1, most, fallback));
    }

    const std::vector<source_plan>& sources_;
};

}  // namespace

std::string_view name_of(aggregation how) {
    return aggregation_names[static_cast<std::size_t>(how)];
}

std::size_t categories_max(chart_kind kind) {
    switch (kind) {
        case chart_kind::horizontal_bar:
            return 40;
        case chart_kind::line:
            return 1000;
        case chart_kind::pie:
        case chart_kind::donut:
            return 12;
        default:
            return 200;
    }
}

std::size_t categories_default(chart_kind kind) {
    switch (kind) {
        case chart_kind::horizontal_bar:
            return 15;
        case chart_kind::pie:
        case chart_kind::donut:
            return 8;
        default:
            return categories_max(kind);
    }
}

std::vector<section_plan> read_sections(checked_object& from, const std::vector<source_plan>& sources) {
    std::vector<section_plan> sections;
    const section_reader reader(sources);
    from.objects("sections", true, 1, sections_max, [&](checked_object& each) {
        sections.push_back(reader.read(each));
    });
    return sections;
}

std::vector<data::filter_rule> read_where(checked_object& from) {
    std::vector<data::filter_rule> rules;
    from.objects("where", false, 1, rules_max, [&](checked_object& each) {
        each.only({"column", "operator", "value"});
        rules.push_back(data::read_filter_rule(each));
    });
    return rules;
}

bool read_flag(checked_object& from, std::string_view name) {
    const auto* given = from.member(name, false);
    if (!given) return false;
    if (!given->is_bool()) from.reject(name, "wrong_type", "must be true or false");
    return given->is_bool() && given->get_bool();
}

std::int64_t read_integer(
    checked_object& from,
    std::string_view name,
    std::int64_t minimum,
    std::int64_t maximum,
    std::int64_t fallback
) {
    return from.member(name, false) ? from.integer(name, minimum, maximum) : fallback;
}

}  // namespace esm::tasks::report_generation
