// Rows that become the result of their task while they are few, and an artifact once they are many.
#pragma once

#include <optional>

#include "services/tasks/handlers/data/artifact_sink.hpp"

namespace esm::tasks::data {

class result_sink final : public row_sink {
public:
    // `asked`: what the parameters say of the output, an artifact then.
    result_sink(
        std::optional<output_options> asked,
        std::size_t result_bytes_max,
        scratch_space& space,
        const run_control& control
    );

    checked<void> begin(const std::vector<std::string>& columns, const std::vector<std::size_t>& slots)
        override;
    checked<void> take(batch& rows) override;
    checked<void> finish() override;

    // After finish: the result's JSON, and the artifact where there is one.
    std::string result(std::uint64_t input_rows) const;
    std::optional<artifact> made() const;

private:
    checked<void> become_artifact();

    const bool asked_;
    const std::size_t result_bytes_max_;
    const run_control& control_;
    artifact_sink file_;
    bool is_artifact_{false};
    std::unique_ptr<row_format> lines_;
    std::string rows_;  // JSON lines: all rows, or those the result shows
    std::vector<std::string> columns_;
    std::vector<std::size_t> slots_;
    std::uint64_t count_{0};
    std::uint64_t shown_{0};
};

}  // namespace esm::tasks::data
