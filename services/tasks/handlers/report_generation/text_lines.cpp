// See text_lines.hpp.
#include "services/tasks/handlers/report_generation/text_lines.hpp"

#include "platform/base/utf8.hpp"

namespace esm::tasks::report_generation {

namespace {

struct glyph {
    std::string_view bytes;
    char32_t code_point{0};
};

bool is_blank(char32_t code_point) {
    return code_point == ' ' || code_point == '\t' || code_point == '\r' || code_point < 0x20;
}

bool is_letter(char32_t code_point) {
    return (code_point | 0x20U) - U'a' < 26U || code_point > 0xbf;
}

// Between the parts of "time-consuming" and of a path, never within a date, a number or an id.
bool may_break(char32_t before, char32_t at, char32_t after) {
    if (at == U'\u200b' || at == U'–' || at == U'—') return true;
    return (at == '-' || at == '/') && is_letter(before) && is_letter(after);
}

class line_breaker {
public:
    line_breaker(double width, std::size_t lines_max, const character_width& width_of)
        : width_(width), lines_max_(lines_max), width_of_(width_of) {}

    void take(std::string_view text) {
        while (!text.empty() && !full_) {
            const auto next = first_utf8_character(text);
            const auto bytes = text.substr(0, std::max<std::size_t>(next.length, 1));
            text.remove_prefix(bytes.size());
            if (next.length == 0) {
                add({"\uFFFD", 0xfffd});
            } else if (next.code_point == '\n') {
                end_word();
                end_line();
            } else if (is_blank(next.code_point)) {
                end_word();
                blank_ = !line_.empty();
            } else {
                add({bytes, next.code_point});
            }
        }
    }

    std::vector<std::string> lines() {
        end_word();
        if (!line_.empty()) end_line();
        if (full_) shorten_last();
        while (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
        return std::move(lines_);
    }

private:
    void add(glyph next) {
        const double width = width_of_(next.code_point);
        // A word wider than a line is cut where it reaches the edge.
        const bool cut = word_width_ + width > width_ && !word_.empty();
        if (cut || may_break(before_, last_, next.code_point)) end_word();
        before_ = std::exchange(last_, next.code_point);
        word_ += next.bytes;
        word_width_ += width;
    }

    void end_word() {
        before_ = last_ = 0;
        if (word_.empty() || full_) return;
        const double gap = blank_ ? width_of_(' ') : 0;
        if (!line_.empty() && line_width_ + gap + word_width_ > width_) end_line();
        if (full_) return;
        if (blank_ && !line_.empty()) {
            line_ += ' ';
            line_width_ += gap;
        }
        line_ += word_;
        line_width_ += word_width_;
        word_.clear();
        word_width_ = 0;
        blank_ = false;
    }

    void end_line() {
        if (lines_.size() == lines_max_) {
            full_ = true;
            return;
        }
        lines_.push_back(std::move(line_));
        line_.clear();
        line_width_ = 0;
        blank_ = false;
    }

    void shorten_last() {
        auto& last = lines_.back();
        const double room = width_ - width_of_(U'…');
        double width = line_width(last, width_of_);
        while (!last.empty() && width > room) {
            last.resize(cut_utf8(last, last.size() - 1).size());
            width = line_width(last, width_of_);
        }
        while (last.ends_with(' ')) last.pop_back();
        last += "…";
    }

    const double width_;
    const std::size_t lines_max_;
    const character_width& width_of_;
    std::vector<std::string> lines_;
    std::string line_, word_;
    char32_t before_{0}, last_{0};  // the last two of the word
    double line_width_{0}, word_width_{0};
    bool blank_{false}, full_{false};
};

}  // namespace

std::vector<std::string> break_lines(
    std::string_view text, double width, std::size_t lines_max, const character_width& width_of
) {
    line_breaker breaker(width, lines_max, width_of);
    breaker.take(text);
    return breaker.lines();
}

double line_width(std::string_view text, const character_width& width_of) {
    double sum = 0;
    while (!text.empty()) {
        const auto next = first_utf8_character(text);
        sum += width_of(next.length == 0 ? U'\uFFFD' : next.code_point);
        text.remove_prefix(std::max<std::size_t>(next.length, 1));
    }
    return sum;
}

}  // namespace esm::tasks::report_generation
