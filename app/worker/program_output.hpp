// What a program that works on a task says: JSON lines on standard output, everything else for the task's
// log. Owned by one attempt's thread; knows neither pipes nor the server.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esm::app {

// As LogSeverity of workers.proto.
enum class line_severity : std::uint8_t { debug = 1, info, warn, error };

struct program_line {
    line_severity severity{line_severity::info};
    std::string text;  // UTF-8, at most 4 KiB
};

// Splits a stream into lines, the longest of which have a limit.
class line_splitter {
public:
    explicit line_splitter(std::size_t line_max_bytes) : max_(line_max_bytes) {}

    // Calls `take(line, too_long)`; of a line that is too long its first bytes.
    template <class Take>
    void feed(std::string_view bytes, Take take) {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            const auto part = bytes.substr(0, end);
            const auto room = max_ - held_.size();
            too_long_ = too_long_ || part.size() > room;
            held_.append(part.substr(0, room));
            if (end == std::string_view::npos) return;
            flush(take);
            bytes.remove_prefix(end + 1);
        }
    }

    // The last line may have no end.
    template <class Take>
    void finish(Take take) {
        if (!held_.empty()) flush(take);
    }

private:
    template <class Take>
    void flush(Take take) {
        if (held_.ends_with('\r')) held_.pop_back();
        take(std::string_view(held_), too_long_);
        held_.clear();
        too_long_ = false;
    }

    const std::size_t max_;
    std::string held_;
    bool too_long_{false};
};

class program_output {
public:
    explicit program_output(std::size_t result_max_bytes);

    void take_output(std::string_view bytes);
    void take_errors(std::string_view bytes);
    // Both have ended.
    void finish();

    // The latest; each once.
    std::optional<int> take_progress() { return std::exchange(progress_, std::nullopt); }
    // In the order they came; at most 1,000 over the life of this, the last of which says so.
    std::vector<program_line> take_lines() { return std::exchange(lines_, {}); }
    // JSON; the last one given.
    const std::optional<std::string>& result() const { return result_; }
    // A line that may have been a result was longer than results may be.
    bool lost_a_result() const { return lost_a_result_; }
    std::chrono::seconds retry_after() const { return retry_after_; }
    // The end of standard error without trailing blanks, for a person.
    std::string error_tail() const;

private:
    void take_line(std::string_view line, bool too_long);
    bool take_message(std::string_view line);
    void log(line_severity severity, std::string_view text);

    const std::size_t result_max_bytes_;
    line_splitter output_, errors_;
    std::string tail_;
    std::optional<int> progress_;
    std::vector<program_line> lines_;
    std::size_t lines_seen_{0};
    std::optional<std::string> result_;
    bool lost_a_result_{false};
    std::chrono::seconds retry_after_{0};
};

// The text as valid UTF-8 without U+0000: what is not becomes U+FFFD.
std::string as_utf8(std::string_view text);

}  // namespace esm::app
