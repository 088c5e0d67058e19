// Rows that become an artifact of their task.
#pragma once

#include <memory>
#include <string>

#include "services/tasks/handlers/data/chain_run.hpp"
#include "services/tasks/handlers/data/output.hpp"

namespace esm::tasks::data {

class artifact_sink final : public row_sink {
public:
    // `columns_if_none`: where the input has no rows, which then may name no columns.
    artifact_sink(
        output_options options,
        scratch_space& space,
        const run_control& control,
        std::vector<std::string> columns_if_none = {}
    )
        : options_(std::move(options)),
          space_(space),
          control_(control),
          columns_if_none_(std::move(columns_if_none)) {}

    checked<void> begin(const std::vector<std::string>& columns, const std::vector<std::size_t>& slots)
        override;
    checked<void> take(batch& rows) override;
    checked<void> finish() override;

    // Text as the format has it, before any batch.
    checked<void> put(std::string_view text) { return file_->write(text); }
    // After finish: the artifact, and the result's members about it ("artifact", "bytes", "sha256").
    artifact made() const;
    void append_members(std::string& out) const;
    std::uint64_t rows() const { return rows_; }

private:
    checked<void> flush(std::size_t least);

    const output_options options_;
    scratch_space& space_;
    const run_control& control_;
    const std::vector<std::string> columns_if_none_;
    std::unique_ptr<row_format> format_;
    std::unique_ptr<output_file> file_;
    std::string text_;
    std::uint64_t rows_{0};
};

}  // namespace esm::tasks::data
