// Writes a response as HTTP/1.1 bytes, with the headers that every answer of ours carries.
#pragma once

#include <string>

#include "platform/http/message.hpp"

namespace esm::http {

struct reply_frame {
    std::string_view request_id;
    bool keep_alive{true};
    bool head_only{false};  // the answer to HEAD: the body's length, but no body
    bool http_1_0{false};   // an HTTP/1.0 client is told when its connection stays
};

// Appends status line and headers. The body follows unless leaves_out_body() says otherwise.
void append_reply_head(std::string& to, const response& reply, const reply_frame& frame);

// 204 and 304 have no body, and neither has the answer to HEAD (RFC 9110 section 6.4.1).
bool leaves_out_body(const response& reply, const reply_frame& frame);

}  // namespace esm::http
