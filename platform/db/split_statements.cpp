// See split_statements.hpp.
#include "platform/db/split_statements.hpp"

namespace esm::db {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view line) {
    const auto first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::vector<std::string_view> split_statements(std::string_view text) {
    std::vector<std::string_view> statements;
    const char* begin = nullptr;  // of the statement being read
    const char* end = nullptr;    // of its last line with text
    bool quoted = false;          // within the body of a function, between two $$
    std::size_t at = 0;
    while (at < text.size()) {
        const auto newline = std::min(text.find('\n', at), text.size());
        auto line = trimmed(text.substr(at, newline - at));
        at = newline + 1;
        if (line.empty() || line.starts_with("--")) continue;
        for (auto mark = line.find("$$"); mark != std::string_view::npos; mark = line.find("$$", mark + 2)) {
            quoted = !quoted;
        }
        const bool last = !quoted && line.ends_with(';');
        if (last) line.remove_suffix(1);
        if (begin == nullptr) begin = line.data();
        end = line.data() + line.size();
        if (!last) continue;
        if (end > begin) statements.emplace_back(begin, static_cast<std::size_t>(end - begin));
        begin = nullptr;
    }
    if (begin != nullptr) statements.emplace_back(begin, static_cast<std::size_t>(end - begin));
    return statements;
}

}  // namespace esm::db
