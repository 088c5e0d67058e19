// The names under which server and client pass trace and errors to each other. Private to platform/grpc.
#pragma once

#include <string>
#include <string_view>

namespace esm::grpc_metadata {

constexpr const char* authorization = "authorization";
constexpr const char* request_id = "x-request-id";
constexpr const char* correlation_id = "x-correlation-id";
constexpr const char* traceparent = "traceparent";
constexpr const char* error_code = "esm-error-code";  // trailing; a name of errors.yaml
constexpr const char* retry_after = "retry-after";    // trailing; whole seconds

constexpr std::size_t value_max_bytes = 128;

// What may go into a header, a log line and an event: 1 to 128 visible ASCII characters.
inline bool is_acceptable(std::string_view value) {
    if (value.empty() || value.size() > value_max_bytes) return false;
    for (const char c : value) {
        if (c < '!' || c > '~') return false;
    }
    return true;
}

}  // namespace esm::grpc_metadata
