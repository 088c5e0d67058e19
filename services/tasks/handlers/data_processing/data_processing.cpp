// See data_processing.hpp.
#include "services/tasks/handlers/data_processing/data_processing.hpp"

#include <fmt/format.h>

#include <iterator>

#include "platform/base/json_text.hpp"
#include "services/tasks/handlers/data_processing/csv.hpp"
#include "services/tasks/handlers/data_processing/plan.hpp"
#include "services/tasks/handlers/data_processing/steps.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::data_processing {

namespace {

namespace bj = boost::json;

outcome rejected(std::string why) {
    return {outcome::kind::rejected, std::move(why)};
}
const outcome stopped{outcome::kind::stopped, {}};

// Columns in the order of their first appearance.
result<void> read_json_rows(const bj::array& from, table& into, const run_control& control) {
    std::unordered_map<std::string_view, std::size_t> places;
    std::size_t cells = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        if (look(i, control)) return {};
        auto& row = into.rows.emplace_back();
        for (const auto& member : from[i].get_object()) {
            const auto [found, added] =
                places.try_emplace(std::string_view(member.key()), into.columns.size());
            if (added) into.columns.emplace_back(member.key());
            if (found->second >= row.size()) row.resize(found->second + 1);
            row[found->second] = cell_of(member.value()).value_or(cell{});
        }
        cells += row.size();
        if (into.columns.size() > columns_max) {
            return fail(
                errc::validation_failed,
                fmt::format("row {}: the rows together have more than {} columns", i + 1, columns_max)
            );
        }
        if (cells > cells_max) {
            return fail(errc::validation_failed, fmt::format("row {}: more than {} cells", i + 1, cells_max));
        }
    }
    return {};
}

void append_row(std::string& out, const table& rows, const std::vector<std::string>& keys, std::size_t row) {
    out += row == 0 ? "{" : ",{";
    for (std::size_t column = 0; column < keys.size(); ++column) {
        if (column > 0) out += ',';
        out += keys[column];
        append_cell(out, cell_at(rows.rows[row], column));
    }
    out += '}';
}

outcome write_result(
    const table& rows, std::size_t input_rows, std::size_t result_max_bytes, const run_control& control
) {
    std::vector<std::string> keys;
    for (const auto& name : rows.columns) {
        json::append_string(keys.emplace_back(), name);
        keys.back() += ':';
    }
    std::string out{"{\"rows\":["};
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (look(i, control)) return stopped;
        append_row(out, rows, keys, i);
        if (out.size() > result_max_bytes) {
            return rejected(fmt::format(
                "the result is larger than {} bytes at row {} of {}: select fewer columns or limit the rows",
                result_max_bytes,
                i + 1,
                rows.rows.size()
            ));
        }
    }
    fmt::format_to(
        std::back_inserter(out), "],\"rowCount\":{},\"inputRows\":{}}}", rows.rows.size(), input_rows
    );
    return {outcome::kind::completed, std::move(out)};
}

class data_processing_handler final : public handler {
public:
    explicit data_processing_handler(std::size_t result_max_bytes) : result_max_bytes_(result_max_bytes) {}

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::data_processing_schema; }

    std::vector<field_error> check(const bj::object& parameters) const override {
        std::vector<field_error> problems;
        read_plan(parameters, problems);
        return problems;
    }

    outcome run(work& current) const override {
        auto& control = current.control();
        boost::system::error_code unreadable;
        const auto document = bj::parse(current.parameters(), unreadable);
        if (unreadable || !document.is_object()) return rejected("the parameters are not a JSON object");
        std::vector<field_error> problems;
        const auto todo = read_plan(document.get_object(), problems);
        if (!problems.empty()) {
            return rejected(fmt::format("{}: {}", problems.front().pointer, problems.front().message));
        }
        table rows;
        const auto read = todo.rows ? read_json_rows(*todo.rows, rows, control)
                                    : read_csv(todo.csv, {rows_max, columns_max}, rows);
        if (!read) return rejected(read.error().detail);
        return run_steps(todo, rows, control);
    }

private:
    outcome run_steps(const plan& todo, table& rows, run_control& control) const {
        const auto input_rows = rows.rows.size();
        const auto parts = static_cast<int>(todo.steps.size()) + 2;
        // No rows as JSON name no columns, so there is nothing that a step could be wrong about.
        const std::size_t steps = rows.columns.empty() && rows.rows.empty() ? 0 : todo.steps.size();
        for (std::size_t i = 0; i < steps; ++i) {
            control.set_progress(100 * (static_cast<int>(i) + 1) / parts);
            if (control.should_stop()) return stopped;
            const auto done = run_step(todo.steps[i], rows, control);
            if (!done) {
                return rejected(
                    fmt::format("step {} ({}): {}", i + 1, name_of(todo.steps[i]), done.error().detail)
                );
            }
        }
        if (control.should_stop()) return stopped;
        control.set_progress(100 * (parts - 1) / parts);
        return write_result(rows, input_rows, result_max_bytes_, control);
    }

    const std::size_t result_max_bytes_;
};

}  // namespace

std::unique_ptr<handler> make_handler(std::size_t result_max_bytes) {
    return std::make_unique<data_processing_handler>(result_max_bytes);
}

}  // namespace esm::tasks::data_processing
