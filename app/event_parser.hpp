// Reads Server-Sent Events (WHATWG HTML, section 9.2.6) out of bytes as they come. No sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esm::app {

struct server_event {
    std::string id;    // the last one the stream gave, also with an earlier event
    std::string type;  // "message" where the stream names none
    std::string data;
};

class event_parser {
public:
    // What one event may hold at most; more throws std::runtime_error.
    static constexpr std::size_t event_max_bytes = 32UL * 1024 * 1024;

    // The events that these bytes complete.
    std::vector<server_event> feed(std::string_view bytes);

    // What the stream asked for with `retry:`, in milliseconds.
    std::optional<long> retry_ms() const { return retry_ms_; }

private:
    void take_line(std::string_view line, std::vector<server_event>& into);

    std::string rest_;  // of a line that has not ended
    bool after_return_{false};
    std::string id_, type_, data_;
    std::optional<long> retry_ms_;
};

}  // namespace esm::app
