// The parameters of report_generation, read and checked (contracts/task_types/report_generation.json): what
// is written, from which data sets, in which sections.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "services/tasks/handlers/data/dataset.hpp"
#include "services/tasks/handlers/data/filter.hpp"
#include "services/tasks/handlers/report_generation/report.hpp"

namespace esm::tasks::report_generation {

namespace bj = boost::json;

inline constexpr std::size_t sections_max = 100;
inline constexpr std::size_t sources_max = 16;
inline constexpr std::size_t rules_max = 8;  // of one where
inline constexpr std::size_t columns_max = 24;
inline constexpr std::size_t measures_max = 8;
inline constexpr std::size_t keys_max = 4;
inline constexpr std::size_t figures_max = 12;
inline constexpr std::size_t table_rows_max = 100'000;
inline constexpr std::size_t sorted_rows_max = 10'000;
inline constexpr std::size_t period_days_max = 3660;

struct source_plan {
    std::string name;  // as messages give it
    data::dataset data;
    std::vector<data::filter_rule> where;  // all must hold
};

enum class aggregation : std::uint8_t { count, share, sum, avg, min, max, p50, p90, p95, p99 };

// One number over many rows.
struct measure {
    aggregation how{aggregation::count};
    std::string column;                    // empty: count and share of rows
    std::vector<data::filter_rule> where;  // rows that count; share: against all rows
    std::string title;
    value_format format;
};

struct key_column {
    std::string column;
    std::string title;
    bucket size{bucket::none};
};

struct figures_plan {
    std::string title;
    std::size_t source{0};
    std::vector<data::filter_rule> where;
    std::vector<measure> figures;
};

struct column_plan {
    std::string column;
    std::string title;
    std::optional<alignment> aligned;
    value_format format;
    double share{0};
    bool total{false};
};

struct table_plan {
    std::string title, note;
    std::size_t source{0};
    std::vector<data::filter_rule> where;
    std::vector<column_plan> columns;  // empty: all of them
    std::vector<key_column> keys;      // with measures: one row a group
    std::vector<measure> measures;
    std::string sort_column;  // empty: as they come
    bool descending{false};
    std::size_t limit{0};
};

enum class category_order : std::uint8_t { as_read, by_category, by_value };

struct chart_plan {
    std::string title, note;
    std::size_t source{0};
    std::vector<data::filter_rule> where;
    chart_kind kind{chart_kind::bar};
    key_column category;
    std::string split;  // a series for each of the column's values; empty: one a measure
    std::vector<measure> values;
    category_order order{category_order::as_read};
    std::size_t limit{0};
    std::string category_title, value_title;
    std::map<std::string, color, std::less<>> colors;  // by series or category
    instant_us from{0}, to{0};                         // buckets that show even where empty
};

using section_plan =
    std::variant<heading_block, text_block, page_break_block, figures_plan, table_plan, chart_plan>;

struct plan {
    bool pdf{false}, html{false};
    std::string title, subtitle, author;
    number_style style;
    page_shape page;
    std::vector<source_plan> sources;
    std::vector<section_plan> sections;
    std::shared_ptr<const bj::value> shipped;  // what a ready-made report views
    std::deque<std::string> texts;             // and what it adds
};

// Adds what is wrong to `problems`; the plan may be run only where nothing was added. It views the
// parameters, which must outlive it. Periods end at `now`.
plan read_plan(const bj::object& parameters, instant_us now, std::vector<field_error>& problems);

std::string_view name_of(aggregation how);
// How many categories a chart of this kind shows at most, and where no limit is given.
std::size_t categories_max(chart_kind kind);
std::size_t categories_default(chart_kind kind);

}  // namespace esm::tasks::report_generation
