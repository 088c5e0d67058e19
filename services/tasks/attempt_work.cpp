// See attempt_work.hpp.
#include "services/tasks/attempt_work.hpp"

#include <fmt/format.h>

#include "services/tasks/files/scratch.hpp"

namespace esm::tasks {

namespace {
constexpr std::size_t lines_max = 1000;
constexpr std::size_t line_max_bytes = 4096;
}  // namespace

attempt_work::~attempt_work() {
    std::error_code ignored;
    if (!scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
}

result<local_file> attempt_work::input(const file_reference& which) {
    if (files_ == nullptr) return fail(errc::not_found, "there are no files");
    return files_->input(started_.user_id, which, scratch(), control());
}

result<local_file> attempt_work::records(own_records what) {
    if (records_ == nullptr) return fail(errc::not_found, "there are no records");
    return fetch_records(*records_, what, user_id(), scratch(), control());
}

const std::filesystem::path& attempt_work::scratch() {
    if (scratch_.empty())
        scratch_ = make_scratch(files_ ? files_->scratch_root() : std::filesystem::temp_directory_path());
    return scratch_;
}

void attempt_work::log(log_severity severity, std::string line) {
    if (lines_.size() >= lines_max) return;
    if (line.size() > line_max_bytes) line.resize(line_max_bytes);
    lines_.push_back({now_us(), severity, std::move(line)});
}

}  // namespace esm::tasks
