// Logs: one JSON object a line on standard error: time, level, service, message, then the fields. Control
// characters are escaped by the JSON encoding, so no input can forge a line or an escape sequence.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "platform/base/context.hpp"

namespace esm::observe {

struct log_options {
    std::string service{"esm"};
    std::string level{"info"};   // trace, debug, info, warn, error
    std::string format{"json"};  // json, or text for people at a terminal
};

// Configures the process's logger once, at start; also formats what spdlog::info and friends are given
// elsewhere.
void configure_logs(const log_options& options);

using field_value = std::variant<std::string, std::int64_t, double, bool>;
struct field {
    std::string_view name;  // camelCase
    field_value value;
};

enum class level : std::uint8_t { debug, info, warn, error };

// One line, with the request and correlation ids of `trace`. Never pass a secret.
void log(
    level severity,
    std::string_view message,
    const trace_context& trace,
    std::initializer_list<field> fields = {}
);
void log(level severity, std::string_view message, std::initializer_list<field> fields = {});

}  // namespace esm::observe
