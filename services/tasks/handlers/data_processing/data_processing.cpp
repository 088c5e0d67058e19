// See data_processing.hpp.
#include "services/tasks/handlers/data_processing/data_processing.hpp"

#include <fmt/format.h>

#include "services/tasks/handlers/data/result_sink.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::data_processing {

namespace {

namespace bj = boost::json;

// Views into the parameters, which must outlive it.
struct plan {
    data::dataset input;
    std::vector<data::step> steps;
    std::optional<data::output_options> output;
};

// Adds what is wrong to `problems`; the plan may be run only where nothing was added.
plan read_plan(const bj::object& parameters, std::vector<field_error>& problems) {
    data::checked_object from(parameters, "", problems);
    from.only({"format", "rows", "csv", "ndjson", "source", "delimiter", "steps", "output"});
    plan read;
    read.input = data::read_dataset(from);
    read.steps = data::read_steps(from);
    read.output = data::read_output(from, false, "rows");
    return read;
}

outcome rejected(std::string why) {
    return {outcome::kind::rejected, std::move(why)};
}

class data_processing_handler final : public handler {
public:
    explicit data_processing_handler(const data::limits& bounds)
        : bounds_(bounds), helpers_(bounds.helper_threads_max) {}

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::data_processing_schema; }

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
        data::result_sink rows(todo.output, bounds_.result_bytes, space, control);
        const auto done = data::run_steps(todo.input, todo.steps, rows, current, space, bounds_, helpers_);
        if (control.should_stop()) return {outcome::kind::stopped, {}};
        if (!done) return rejected(done.error().text);
        if (auto made = rows.made()) current.keep(std::move(*made));
        return {outcome::kind::completed, rows.result(*done)};
    }

    const data::limits bounds_;
    mutable data::helper_threads helpers_;
};

}  // namespace

std::unique_ptr<handler> make_handler(const data::limits& bounds) {
    return std::make_unique<data_processing_handler>(bounds);
}

}  // namespace esm::tasks::data_processing
