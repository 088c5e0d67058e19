// See program_output.hpp.
#include "app/worker/program_output.hpp"

#include <algorithm>
#include <array>

#include "platform/base/json_decoder.hpp"
#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

constexpr std::size_t text_max_bytes = 4096;
constexpr std::size_t lines_max = 1000;
constexpr std::size_t tail_max_bytes = 2048;
// Around the result in its line.
constexpr std::size_t line_margin_bytes = 1024;
constexpr std::int64_t retry_after_max_s = 24L * 3600;
constexpr std::string_view replacement = "\xEF\xBF\xBD";

constexpr std::array<std::string_view, 5> known_members{
    "progress", "log", "severity", "result", "retryAfterSeconds"
};

std::optional<line_severity> parse_severity(std::string_view name) {
    if (name == "debug") return line_severity::debug;
    if (name == "info") return line_severity::info;
    if (name == "warn" || name == "warning") return line_severity::warn;
    if (name == "error") return line_severity::error;
    return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// The result as the program wrote it where it stands alone: written again, numbers would look otherwise.
std::string result_text(std::string_view line, const boost::json::object& message) {
    constexpr std::string_view name = "\"result\"";
    auto rest = trimmed(trimmed(line).substr(1));
    if (message.size() == 1 && rest.starts_with(name)) {
        rest = trimmed(rest.substr(name.size()));
        rest.remove_prefix(1);  // the colon
        rest.remove_suffix(1);  // the brace
        return std::string(trimmed(rest));
    }
    return boost::json::serialize(message.at("result"));
}

}  // namespace

program_output::program_output(std::size_t result_max_bytes)
    : result_max_bytes_(result_max_bytes),
      output_(result_max_bytes + line_margin_bytes),
      errors_(text_max_bytes) {}

void program_output::take_output(std::string_view bytes) {
    output_.feed(bytes, [this](std::string_view line, bool too_long) { take_line(line, too_long); });
}

void program_output::take_errors(std::string_view bytes) {
    tail_.append(bytes);
    if (tail_.size() > 2 * tail_max_bytes) tail_.erase(0, tail_.size() - tail_max_bytes);
    errors_.feed(bytes, [this](std::string_view line, bool) { log(line_severity::warn, line); });
}

void program_output::finish() {
    output_.finish([this](std::string_view line, bool too_long) { take_line(line, too_long); });
    errors_.finish([this](std::string_view line, bool) { log(line_severity::warn, line); });
}

std::string program_output::error_tail() const {
    const auto text = trimmed(tail_);
    const auto begin = text.size() > tail_max_bytes ? text.size() - tail_max_bytes : 0;
    return as_utf8(text.substr(begin));
}

void program_output::take_line(std::string_view line, bool too_long) {
    const auto text = trimmed(line);
    if (text.empty()) return;
    if (text.front() == '{') {
        if (too_long) {
            lost_a_result_ = true;
        } else if (take_message(text)) {
            return;
        }
    }
    log(line_severity::info, text);
}

// False for what is no message of ours, and then only a line of the log.
bool program_output::take_message(std::string_view line) {
    const auto parsed = json::parse_object(line);
    if (!parsed || parsed->empty()) return false;
    const auto is_known = [](const auto& member) {
        return std::find(known_members.begin(), known_members.end(), member.key()) != known_members.end();
    };
    if (!std::all_of(parsed->begin(), parsed->end(), is_known)) return false;
    if (const auto* progress = parsed->if_contains("progress")) {
        const bool fits = progress->is_int64() && progress->get_int64() >= 0 && progress->get_int64() <= 100;
        if (!fits) return false;
        progress_ = static_cast<int>(progress->get_int64());
    }
    if (const auto* wait = parsed->if_contains("retryAfterSeconds")) {
        const bool fits =
            wait->is_int64() && wait->get_int64() >= 0 && wait->get_int64() <= retry_after_max_s;
        if (!fits) return false;
        retry_after_ = std::chrono::seconds(wait->get_int64());
    }
    if (const auto* text = parsed->if_contains("log")) {
        const auto* named = parsed->if_contains("severity");
        const auto severity = named != nullptr && named->is_string() ? parse_severity(named->get_string())
                                                                     : line_severity::info;
        if (!text->is_string() || !severity) return false;
        log(*severity, text->get_string());
    }
    if (parsed->contains("result")) {
        result_ = result_text(line, *parsed);
        lost_a_result_ = result_->size() > result_max_bytes_;
    }
    return true;
}

void program_output::log(line_severity severity, std::string_view text) {
    if (trimmed(text).empty() || lines_seen_ >= lines_max) return;
    if (++lines_seen_ == lines_max) {
        lines_.push_back({line_severity::warn, "the log ends here: an attempt keeps 1,000 lines"});
        return;
    }
    const auto valid = as_utf8(text.substr(0, text_max_bytes));
    lines_.push_back({severity, std::string(cut_utf8(valid, text_max_bytes))});
}

std::string as_utf8(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        const auto length = first_utf8_character(text).length;
        if (length == 0 || text.front() == '\0') {
            valid += replacement;
            text.remove_prefix(1);
        } else {
            valid += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return valid;
}

}  // namespace esm::app
