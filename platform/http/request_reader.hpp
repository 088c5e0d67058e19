// Reads HTTP/1.1 requests out of bytes, without a socket: Beast parses, and what Beast lets pass is refused
// here (RFC 9112; design.md section 7). One instance a connection, reused for its requests one after the
// other.
#pragma once

#include <memory>
#include <string_view>

#include "platform/http/message.hpp"

namespace esm::http {

struct reader_limits {
    std::size_t header_max_bytes{8 * 1024};
    std::size_t target_max_bytes{4 * 1024};
    std::size_t headers_max{100};
};

class request_reader {
public:
    explicit request_reader(reader_limits limits);
    ~request_reader();
    request_reader(const request_reader&) = delete;
    request_reader& operator=(const request_reader&) = delete;

    // Begins the next request, which is read into `target`.
    void begin(request& target);

    // `bytes` are those received and not yet used. Answers how many of them are used up; head_done() and
    // done() tell how far it is. An error ends the connection: what follows cannot be understood.
    result<std::size_t> read_head(std::string_view bytes);
    result<std::size_t> read_body(std::string_view bytes);

    // To be called between head and body. errc::payload_too_large when the announced length is beyond it.
    result<void> limit_body(std::size_t max_bytes);

    bool head_done() const { return head_done_; }
    bool done() const;
    // Of the body, where the head announced it.
    std::optional<std::uint64_t> content_length() const;
    bool keep_alive() const;
    bool http_1_0() const;
    // The client waits for `100 Continue` before it sends the body.
    bool expects_continue() const { return expects_continue_; }

private:
    class parser;

    result<void> check_arrived(std::string_view bytes, bool complete);
    result<void> check_head() const;
    result<void> take_target();

    const reader_limits limits_;
    std::unique_ptr<parser> parser_;
    request* target_{nullptr};
    std::size_t scanned_{0};  // bytes of the unfinished head that were looked at
    bool head_done_{false};
    bool expects_continue_{false};
};

}  // namespace esm::http
