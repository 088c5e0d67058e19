// See data_export.hpp.
#include "services/tasks/handlers/data_export/data_export.hpp"

#include <fmt/format.h>

#include <iterator>

#include "services/tasks/handlers/data/artifact_sink.hpp"
#include "services/tasks/handlers/planned_handler.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::data_export {

namespace {

namespace bj = boost::json;

constexpr std::size_t filters_max = 16;

// Views into the parameters, which must outlive it.
struct plan {
    data::dataset input;
    std::vector<data::step> steps;
    std::vector<std::string> columns;  // that were asked for
    data::output_options output;
};

void read_filters(data::checked_object& from, plan& into) {
    if (from.member("where", false)) {
        data::filter_step made;
        made.where = data::read_expression(from, "where");
        if (made.where) into.steps.emplace_back(std::move(made));
    }
    from.objects("filters", false, 1, filters_max, [&](data::checked_object& each) {
        each.only({"column", "operator", "value"});
        into.steps.emplace_back(data::filter_step{data::read_filter_rule(each), {}});
    });
}

// Adds what is wrong to `problems`; the plan may be run only where nothing was added.
plan read_plan(const bj::object& parameters, std::vector<field_error>& problems) {
    data::checked_object from(parameters, "", problems);
    plan read;
    constexpr std::size_t data_set = 2;
    const auto what = from.choice("from", true, {"tasks", "notifications", "data"});
    if (what == data_set) {
        from.only(
            {"from",
             "format",
             "rows",
             "csv",
             "ndjson",
             "source",
             "delimiter",
             "columns",
             "filters",
             "where",
             "output"}
        );
        read.input = data::read_dataset(from);
    } else {
        from.only({"from", "columns", "filters", "where", "output"});
        read.input.records = what == 0 ? own_records::tasks : own_records::notifications;
    }
    read_filters(from, read);
    if (from.member("columns", false)) {
        auto columns = data::read_columns(from, "columns");
        for (const auto& each : columns) read.columns.push_back(each.name);
        read.steps.emplace_back(data::select_step{std::move(columns)});
    }
    constexpr std::string_view stems[] = {"tasks", "notifications", "data"};
    if (auto output = data::read_output(from, true, stems[what])) read.output = std::move(*output);
    return read;
}

class data_export_handler final : public planned_handler<plan> {
public:
    explicit data_export_handler(const data::limits& bounds) : bounds_(bounds) {}

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::data_export_schema; }

private:
    plan read(const bj::object& parameters, std::vector<field_error>& problems) const override {
        return read_plan(parameters, problems);
    }

    outcome carry_out(const plan& todo, work& current) const override {
        const auto& control = current.control();
        data::scratch_space space(current.scratch(), bounds_.scratch_bytes);
        data::artifact_sink file(todo.output, space, control, todo.columns);
        data::helper_threads none(0);  // rows are written one after the other
        const auto done = data::run_steps(todo.input, todo.steps, file, current, space, bounds_, none);
        if (control.should_stop()) return {outcome::kind::stopped, {}};
        if (!done) return rejected(done.error().text);
        current.keep(file.made());
        std::string result{"{"};
        file.append_members(result);
        fmt::format_to(std::back_inserter(result), ",\"rows\":{}}}", file.rows());
        return {outcome::kind::completed, std::move(result)};
    }

    const data::limits bounds_;
};

}  // namespace

std::unique_ptr<handler> make_handler(const data::limits& bounds) {
    return std::make_unique<data_export_handler>(bounds);
}

}  // namespace esm::tasks::data_export
