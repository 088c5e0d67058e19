// The body of an answer that is made while it is written: the content of a file, events as they happen. Owned
// by the response that carries it, used on the connection's shard alone, by one call at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/async/awaitable.hpp"

namespace esm::http {

struct response;

class body_source {
public:
    virtual ~body_source() = default;
    body_source() = default;
    body_source(const body_source&) = delete;
    body_source& operator=(const body_source&) = delete;

    // Asked once before the head is written, and may wait as next() may: an answer to be sent in place of the
    // one that carries this source, for a request whose answer is what it waits for (long polling). Null:
    // none.
    virtual awaitable<std::shared_ptr<const response>> instead();

    // The next part, written and flushed before the next call; empty: the body is whole. It may wait for
    // hours. The request's deadline does not count any more, and the request is gone: copy what is needed of
    // it. What it throws breaks the answer off and closes the connection, which the client can tell from an
    // end.
    virtual awaitable<std::string> next() = 0;

    // Content-Length, never more or less than next() gives. Without it the body goes out in chunks, and the
    // client is watched: it may leave while there is nothing to write.
    virtual std::optional<std::uint64_t> length() const { return std::nullopt; }

    // The client is gone, or the server stops: next(), also one that waits now, shall soon give what is left
    // or the end. A source that ends by itself within seconds need not care. May be called more than once.
    virtual void end_soon() {}
};

}  // namespace esm::http
