// See report.hpp.
#include "services/tasks/handlers/report_generation/report.hpp"

namespace esm::tasks::report_generation {

std::vector<text_part> parts_of(const text_block& whole) {
    std::vector<text_part> parts;
    bool open = false;  // the last part takes further lines
    std::string_view rest = whole.text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
        if (line.empty()) {
            open = false;
        } else if (line.starts_with("- ")) {
            parts.push_back({std::string(line.substr(2)), true});
            open = true;
        } else if (open) {
            parts.back().text += '\n';
            parts.back().text += line;
        } else {
            parts.push_back({std::string(line), false});
            open = true;
        }
    }
    return parts;
}

}  // namespace esm::tasks::report_generation
