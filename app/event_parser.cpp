// See event_parser.hpp.
#include "app/event_parser.hpp"

#include <charconv>
#include <stdexcept>

namespace esm::app {

std::vector<server_event> event_parser::feed(std::string_view bytes) {
    std::vector<server_event> events;
    while (!bytes.empty()) {
        // A line ends with CR, LF or both, which may come in two pieces.
        if (after_return_ && bytes.front() == '\n') bytes.remove_prefix(1);
        after_return_ = false;
        const auto end = bytes.find_first_of("\r\n");
        rest_ += bytes.substr(0, end);
        if (rest_.size() + data_.size() > event_max_bytes) throw std::runtime_error("an event is too large");
        if (end == std::string_view::npos) break;
        after_return_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        take_line(rest_, events);
        rest_.clear();
    }
    return events;
}

void event_parser::take_line(std::string_view line, std::vector<server_event>& into) {
    if (line.empty()) {
        if (!data_.empty()) {
            data_.pop_back();  // the last line break is no part of it
            into.push_back({id_, type_.empty() ? "message" : type_, data_});
        }
        type_.clear();
        data_.clear();
        return;
    }
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (name == "id") {
        id_ = value;
    } else if (name == "event") {
        type_ = value;
    } else if (name == "data") {
        data_.append(value) += '\n';
    } else if (name == "retry") {
        long given = 0;
        const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), given);
        if (failure == std::errc{} && end == value.data() + value.size() && given >= 0) retry_ms_ = given;
    }
}

}  // namespace esm::app
