// See gather.hpp.
#include "services/tasks/handlers/report_generation/gather.hpp"

#include <fmt/format.h>

#include "services/tasks/handlers/data/row_reader.hpp"
#include "services/tasks/handlers/report_generation/collector.hpp"

namespace esm::tasks::report_generation {

namespace {

using reason = no_report::reason;
constexpr std::uint64_t rows_between_looks = 1024;

template <class T = void>
using checked = boost::system::result<T, no_report>;

struct section {
    std::size_t number{0};  // from 1
    std::string_view kind;
    std::size_t source{0};
    std::unique_ptr<collector> rows;  // null: the block is made already
    block made;

    no_report failure(std::string_view what) const {
        return {reason::bad_data, fmt::format("section {} ({}): {}", number, kind, what)};
    }
};

class gathering {
public:
    gathering(const plan& what, work& current, const data::limits& bounds)
        : what_(what), current_(current), bounds_(bounds) {
        for (const auto& each : what.sections) {
            made_.number = sections_.size() + 1;
            std::visit([this](const auto& one) { add(one); }, each);
            sections_.push_back(std::move(made_));
            made_ = {};
        }
    }

    checked<gathered> run() {
        for (std::size_t i = 0; i < what_.sources.size(); ++i) {
            if (const auto read = read_source(i); !read) return read.error();
        }
        gathered done{{}, rows_};
        for (auto& each : sections_) {
            if (each.rows) {
                auto made = each.rows->finish();
                if (!made) return each.failure(made.error().detail);
                each.made = std::move(*made);
            }
            done.blocks.push_back(std::move(each.made));
        }
        return done;
    }

private:
    void add(const heading_block& heading) { made_.made = heading; }
    void add(const text_block& text) { made_.made = text; }
    void add(const page_break_block& here) { made_.made = here; }
    void add(const figures_plan& figures) {
        made_.kind = "figures";
        made_.source = figures.source;
        made_.rows = collect(figures, what_.style);
    }
    void add(const table_plan& table) {
        made_.kind = "table";
        made_.source = table.source;
        made_.rows = collect(table, what_.style, current_.scratch(), made_.number);
    }
    void add(const chart_plan& chart) {
        made_.kind = "chart";
        made_.source = chart.source;
        made_.rows = collect(chart, what_.style);
    }

    no_report failure(const source_plan& source, std::string_view what) const {
        if (current_.control().should_stop()) return {reason::told_to_stop, {}};
        return {reason::bad_data, fmt::format("source \"{}\": {}", source.name, what)};
    }

    checked<void> read_source(std::size_t number) {
        const auto& source = what_.sources[number];
        std::vector<section*> shown;
        for (auto& each : sections_) {
            if (each.rows && each.source == number) shown.push_back(&each);
        }
        if (shown.empty()) return {};
        if (source.data.records) {
            // Their services may be away for a while: that is not the data's fault.
            const auto fetched = current_.records(*source.data.records);
            const bool may_pass = !fetched && (fetched.error().code == errc::unavailable ||
                                               fetched.error().code == errc::deadline_exceeded);
            if (may_pass && !current_.control().should_stop()) {
                return no_report{reason::may_pass, fetched.error().detail};
            }
            if (!fetched) return failure(source, fetched.error().detail);
        }
        auto rows = data::open_rows(source.data, current_, bounds_);
        if (!rows) return failure(source, rows.error().detail);
        return read_rows(source, **rows, shown);
    }

    checked<void> read_rows(
        const source_plan& source, data::row_reader& rows, const std::vector<section*>& shown
    ) {
        auto row = rows.next();
        if (!row) return failure(source, row.error().detail);
        const bool nothing = *row == nullptr && rows.columns().empty();
        if (nothing) {
            for (auto* each : shown) each->rows->begin_empty();
            return {};
        }
        const auto where = find_columns(rows.columns(), source.where);
        if (!where) return failure(source, where.error().detail);
        for (auto* each : shown) {
            if (const auto begun = each->rows->begin(rows.columns()); !begun) {
                return each->failure(begun.error().detail);
            }
        }
        for (std::uint64_t number = 1; *row != nullptr; ++number) {
            if (number % rows_between_looks == 0 && current_.control().should_stop()) {
                return no_report{reason::told_to_stop, {}};
            }
            if (++rows_ > rows_read_max)
                return failure(source, fmt::format("more than {} rows", rows_read_max));
            if (fits_all(source.where, *where, **row)) {
                for (auto* each : shown) {
                    if (const auto taken = each->rows->take(**row); !taken) {
                        return each->failure(fmt::format(
                            "source \"{}\", row {}: {}", source.name, number, taken.error().detail
                        ));
                    }
                }
            }
            row = rows.next();
            if (!row) return failure(source, row.error().detail);
        }
        return {};
    }

    const plan& what_;
    work& current_;
    const data::limits& bounds_;
    std::vector<section> sections_;
    section made_;
    std::uint64_t rows_{0};
};

}  // namespace

boost::system::result<gathered, no_report> gather(
    const plan& what, work& current, const data::limits& bounds
) {
    return gathering(what, current, bounds).run();
}

}  // namespace esm::tasks::report_generation
