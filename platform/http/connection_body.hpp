// A connection's request_body: bytes come when its handler asks, under the same framing rules as other
// bodies.
#pragma once

#include "platform/base/clock.hpp"
#include "platform/http/request_body.hpp"

namespace esm::http {

class connection;

class connection_body final : public request_body {
public:
    explicit connection_body(connection& owner) : owner_(owner) {}

    // For the request whose head was just read.
    void begin(std::size_t max_bytes);

    awaitable<result<std::string>> read() override;
    std::optional<std::uint64_t> length() const override;

private:
    awaitable<result<void>> open();
    awaitable<result<void>> fill();
    void count(std::chrono::milliseconds waited, std::size_t bytes);

    connection& owner_;
    std::size_t max_bytes_{0};
    bool opened_{false};
    std::optional<error> problem_;
    // What is left of body_timeout until progress_min_bytes must have come.
    std::chrono::milliseconds patience_{0};
    std::size_t progress_bytes_{0};
};

}  // namespace esm::http
