// See data_export.hpp.
#include "services/tasks/handlers/data_export/data_export.hpp"

#include <fmt/format.h>

#include <iterator>

#include "services/tasks/handlers/data/artifact_sink.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::data_export {

namespace {

namespace bj = boost::json;

constexpr std::size_t filters_max = 16;

// Views into the parameters, which must outlive it.
struct plan {
    data::dataset input;
    std::vector<data::step> steps;
    data::output_options output;
};

void read_filters(data::checked_object& from, plan& into) {
    if (from.member("where", false)) {
        data::filter_step made;
        made.where = data::read_expression(from, "where");
        if (made.where) into.steps.emplace_back(std::move(made));
    }
    const auto* items = from.array("filters", false, 1, filters_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("filters"), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        data::checked_object each((*items)[i].get_object(), at, from.problems());
        each.only({"column", "operator", "value"});
        into.steps.emplace_back(data::filter_step{data::read_filter_rule(each), {}});
    }
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
        read.steps.emplace_back(data::select_step{data::read_columns(from, "columns")});
    }
    constexpr std::string_view stems[] = {"tasks", "notifications", "data"};
    if (auto output = data::read_output(from, true, stems[what])) read.output = std::move(*output);
    return read;
}

outcome rejected(std::string why) {
    return {outcome::kind::rejected, std::move(why)};
}

class data_export_handler final : public handler {
public:
    explicit data_export_handler(const data::limits& bounds) : bounds_(bounds) {}

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::data_export_schema; }

    std::vector<field_error> check(const bj::object& parameters) const override {
        std::vector<field_error> problems;
        read_plan(parameters, problems);
        return problems;
    }

    outcome run(work& current) const override {
        boost::system::error_code unreadable;
        const auto document = bj::parse(current.parameters(), unreadable);
        if (unreadable || !document.is_object()) return rejected("the parameters are not a JSON object");
        std::vector<field_error> problems;
        const auto todo = read_plan(document.get_object(), problems);
        if (!problems.empty()) {
            return rejected(fmt::format("{}: {}", problems.front().pointer, problems.front().message));
        }
        return run(todo, current);
    }

private:
    outcome run(const plan& todo, work& current) const {
        const auto& control = current.control();
        data::scratch_space space(current.scratch(), bounds_.scratch_bytes);
        data::artifact_sink file(todo.output, space, control);
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
