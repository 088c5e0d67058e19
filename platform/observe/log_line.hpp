// One log line as text, without any sink: what log.cpp writes and log_test.cpp reads. Private to
// platform/observe.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/observe/log.hpp"

namespace esm::observe {

struct log_line {
    instant_us time{0};
    std::string_view severity;
    std::string_view service;
    std::string_view message;
    const trace_context* trace{nullptr};
    std::span<const field> fields;
};

// One JSON object with a newline. A field named "service" stands in for the process's own.
std::string json_line(const log_line& line);

// "20:44:46.123456 warn  tasks  message  name=value" with a newline, for people.
std::string text_line(const log_line& line);

// `text` as a quoted JSON string: control characters (C0, DEL and C1), quotes and backslashes escaped, bytes
// that are not UTF-8 replaced by U+FFFD.
void append_json_string(std::string& to, std::string_view text);

}  // namespace esm::observe
