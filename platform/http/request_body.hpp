// The body of a request that its handler reads while it arrives, on routes that ask for that. Lives as long
// as the handler's coroutine; used on the connection's shard alone, by one call at a time.
#pragma once

#include <optional>
#include <string>

#include "platform/async/awaitable.hpp"
#include "platform/base/result.hpp"

namespace esm::http {

class request_body {
public:
    virtual ~request_body() = default;

    // The next bytes, at most about 80 KiB; empty: the body is whole. Each part moves the request's deadline
    // on, so that it counts from the last one. payload_too_large beyond the route's body_max_bytes;
    // malformed_request for broken framing and for a client that left, or that sent less than 4 KiB within
    // body_timeout. The same error again after that. A body that is not read to its end costs the connection.
    virtual awaitable<result<std::string>> read() = 0;

    // As announced by Content-Length.
    virtual std::optional<std::uint64_t> length() const = 0;
};

}  // namespace esm::http
