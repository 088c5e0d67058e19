// See artifact_sink.hpp.
#include "services/tasks/handlers/data/artifact_sink.hpp"

#include <fmt/format.h>

#include <iterator>

#include "platform/base/json_text.hpp"

namespace esm::tasks::data {

namespace {
constexpr std::size_t text_bytes = std::size_t{64} << 10U;
}

checked<void> artifact_sink::begin(
    const std::vector<std::string>& columns, const std::vector<std::size_t>& slots
) {
    format_ = make_row_format(options_, columns.empty() ? columns_if_none_ : columns, slots);
    file_ = make_output_file(options_.compression, space_);
    format_->begin(text_);
    return {};
}

checked<void> artifact_sink::take(batch& rows) {
    if (control_.should_stop()) return given_way();
    for (std::size_t i = 0; i < rows.rows; ++i) {
        format_->row(text_, rows, i);
        if (auto done = flush(text_bytes); !done) return done;
    }
    rows_ += rows.rows;
    return {};
}

checked<void> artifact_sink::flush(std::size_t least) {
    if (text_.size() < least) return {};
    auto done = file_->write(text_);
    text_.clear();
    return done;
}

checked<void> artifact_sink::finish() {
    format_->end(text_);
    if (auto done = flush(0); !done) return done;
    return file_->close();
}

artifact artifact_sink::made() const {
    return {options_.name, std::string(options_.media_type()), file_->path()};
}

void artifact_sink::append_members(std::string& out) const {
    out += "\"artifact\":";
    json::append_string(out, options_.name);
    fmt::format_to(
        std::back_inserter(out), ",\"bytes\":{},\"sha256\":\"{}\"", file_->bytes(), file_->sha256()
    );
}

}  // namespace esm::tasks::data
