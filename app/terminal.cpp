// See terminal.hpp.
#include "app/terminal.hpp"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <regex>

#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

constexpr std::string_view column_gap = "  ";

// Hides what is typed as long as it lives.
class no_echo {
public:
    no_echo() {
        hidden_ = tcgetattr(STDIN_FILENO, &before_) == 0;
        if (!hidden_) return;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~no_echo() {
        if (hidden_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    no_echo(const no_echo&) = delete;
    no_echo& operator=(const no_echo&) = delete;

private:
    termios before_{};
    bool hidden_{false};
};

bool on_terminal() {
    return isatty(STDIN_FILENO) != 0;
}

std::string read_line() {
    std::string line;
    std::getline(std::cin, line);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

}  // namespace

std::string ask(std::string_view prompt) {
    if (on_terminal()) std::cerr << prompt << std::flush;
    return read_line();
}

std::string ask_secret(std::string_view prompt) {
    if (!on_terminal()) return read_line();
    // Echo ends before the prompt: whoever answers it at once is not shown.
    const no_echo quiet;
    std::cerr << prompt << std::flush;
    auto line = read_line();
    std::cerr << '\n';
    return line;
}

std::string harmless(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto next = first_utf8_character(text);
        const auto length = std::max<std::size_t>(next.length, 1);
        const bool control = next.length == 0 || next.code_point < 0x20 ||
                             (next.code_point >= 0x7f && next.code_point < 0xa0) ||
                             (next.code_point >= 0x202a && next.code_point <= 0x202e) ||
                             (next.code_point >= 0x2066 && next.code_point <= 0x2069);
        shown += control ? std::string_view("?") : text.substr(0, length);
        text.remove_prefix(length);
    }
    return shown;
}

void print_lines(std::string_view text) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        std::cout << harmless(line) << '\n';
    }
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    std::vector<std::vector<std::string>> shown;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        auto& cells = shown.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i) {
            cells.push_back(harmless(row[i]));
            widths[i] = std::max(widths[i], count_characters(cells.back()));
        }
    }
    for (const auto& cells : shown) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            line += cells[i];
            if (i + 1 < cells.size()) line.append(widths[i] - count_characters(cells[i]), ' ') += column_gap;
        }
        std::cout << line << '\n';
    }
}

void warn_of_clear_text(const std::string& url, std::string_view secret) {
    static const std::regex safe(R"(https://.*|http://(127\.|localhost[:/]|localhost$|\[::1\]).*)");
    if (std::regex_match(url, safe)) return;
    std::cerr << fmt::format(
        "esm: warning: {} is not encrypted; others may read your {}\n", harmless(url), secret
    );
}

}  // namespace esm::app
