// What a fetch needs of the headers of an answer. Private to platform/fetch.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esm::fetch {

// Seconds or a date (RFC 9110 section 10.2.3); nothing when it is neither.
std::optional<std::chrono::seconds> read_retry_after(std::string_view value, std::chrono::seconds at_most);

struct answer_head {
    int status{0};
    std::string location;
    std::string etag, last_modified;
    std::optional<std::uint64_t> length;       // Content-Length
    std::optional<std::uint64_t> range_first;  // Content-Range: bytes first-last/total
    std::optional<std::uint64_t> range_total;
    std::chrono::seconds retry_after{0};
    bool encoded{false};  // a Content-Encoding that nobody asked for

    // One line as it came; a status line begins a new head.
    void take(std::string_view line);

    // What If-Range may name: only that it is the same bytes (RFC 9110 section 13.1.5). Empty: nothing will
    // do.
    std::string validator() const;

    bool is_redirect() const;
    // May answer otherwise when asked again.
    bool may_pass() const;
};

}  // namespace esm::fetch
