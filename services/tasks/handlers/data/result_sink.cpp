// See result_sink.hpp.
#include "services/tasks/handlers/data/result_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace esm::tasks::data {

namespace {

// What a result shows of an artifact.
constexpr std::uint64_t preview_rows_max = 20;
constexpr std::size_t preview_bytes_max = std::size_t{64} << 10U;
constexpr std::string_view artifact_stem = "rows";

output_options json_lines() {
    return default_output(artifact_stem);
}

}  // namespace

result_sink::result_sink(
    std::optional<output_options> asked,
    std::size_t result_bytes_max,
    scratch_space& space,
    const run_control& control
)
    : asked_(asked.has_value()),
      result_bytes_max_(result_bytes_max),
      control_(control),
      file_(asked ? std::move(*asked) : json_lines(), space, control) {}

checked<void> result_sink::begin(
    const std::vector<std::string>& columns, const std::vector<std::size_t>& slots
) {
    columns_ = columns;
    slots_ = slots;
    lines_ = make_row_format(json_lines(), columns, slots);
    is_artifact_ = asked_;
    return asked_ ? file_.begin(columns, slots) : checked<void>();
}

checked<void> result_sink::take(batch& rows) {
    if (control_.should_stop()) return given_way();
    for (std::size_t i = 0; i < rows.rows; ++i) {
        if (is_artifact_ && (shown_ >= preview_rows_max || shown_ < count_ + i)) break;
        const auto before = rows_.size();
        lines_->row(rows_, rows, i);
        if (is_artifact_ && rows_.size() > std::min(preview_bytes_max, result_bytes_max_)) {
            rows_.resize(before);
            break;
        }
        ++shown_;
    }
    count_ += rows.rows;
    if (is_artifact_) return file_.take(rows);
    return rows_.size() > result_bytes_max_ ? become_artifact() : checked<void>();
}

// What was kept for the result goes to the file, which is JSON lines too.
checked<void> result_sink::become_artifact() {
    is_artifact_ = true;
    if (auto done = file_.begin(columns_, slots_); !done) return done;
    if (auto done = file_.put(rows_); !done) return done;
    shown_ = 0;
    std::size_t end = 0;
    const auto bytes_max = std::min(preview_bytes_max, result_bytes_max_);
    for (auto next = rows_.find('\n'); next < bytes_max && shown_ < preview_rows_max; ++shown_) {
        end = next + 1;
        next = rows_.find('\n', end);
    }
    rows_.resize(end);
    rows_.shrink_to_fit();
    return {};
}

checked<void> result_sink::finish() {
    return is_artifact_ ? file_.finish() : checked<void>();
}

// JSON texts hold no bare line end, so those between rows can become commas.
std::string result_sink::result(std::uint64_t input_rows) const {
    std::string out{"{\"rows\":["};
    out += rows_;
    if (!rows_.empty()) out.pop_back();
    std::replace(out.begin(), out.end(), '\n', ',');
    fmt::format_to(std::back_inserter(out), "],\"rowCount\":{},\"inputRows\":{}", count_, input_rows);
    if (is_artifact_) {
        out += ',';
        file_.append_members(out);
    }
    return out + '}';
}

std::optional<artifact> result_sink::made() const {
    if (!is_artifact_) return std::nullopt;
    return file_.made();
}

}  // namespace esm::tasks::data
