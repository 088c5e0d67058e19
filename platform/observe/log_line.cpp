// See log_line.hpp. Strings are escaped by hand: a line costs no document tree and no locale.
#include "platform/observe/log_line.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "platform/base/utf8.hpp"

namespace esm::observe {

namespace {

bool is_control(char32_t code_point) {
    return code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f);
}

bool is_plain(char each) {
    return each >= ' ' && each < 0x7F && each != '"' && each != '\\';
}

void append_escaped(std::string& to, std::string_view text) {
    while (!text.empty()) {
        const auto plain = std::find_if_not(text.begin(), text.end(), is_plain) - text.begin();
        to.append(text.substr(0, static_cast<std::size_t>(plain)));
        text.remove_prefix(static_cast<std::size_t>(plain));
        if (text.empty()) break;
        const auto [length, code_point] = first_utf8_character(text);
        if (length == 0) {
            to += "\\ufffd";
            text.remove_prefix(1);
            continue;
        }
        if (code_point == '"' || code_point == '\\') {
            to += '\\';
            to += static_cast<char>(code_point);
        } else if (code_point == '\n') {
            to += "\\n";
        } else if (code_point == '\r') {
            to += "\\r";
        } else if (code_point == '\t') {
            to += "\\t";
        } else if (is_control(code_point)) {
            fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(code_point));
        } else {
            to.append(text.substr(0, length));
        }
        text.remove_prefix(length);
    }
}

void append_value(std::string& to, const field_value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return append_json_string(to, *text);
    if (const auto* flag = std::get_if<bool>(&value)) {
        to += *flag ? "true" : "false";
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        fmt::format_to(std::back_inserter(to), FMT_COMPILE("{}"), *whole);
    } else {
        const double number = std::get<double>(value);
        if (std::isfinite(number)) {
            fmt::format_to(std::back_inserter(to), "{}", number);
        } else {
            to += "null";  // JSON has no infinities
        }
    }
}

void append_member(std::string& to, std::string_view name, std::string_view text) {
    to += ',';
    append_json_string(to, name);
    to += ':';
    append_json_string(to, text);
}

std::string_view service_of(const log_line& line) {
    for (const auto& [name, value] : line.fields) {
        if (const auto* text = std::get_if<std::string>(&value); text != nullptr && name == "service")
            return *text;
    }
    return line.service;
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
    to += '"';
    append_escaped(to, text);
    to += '"';
}

std::string json_line(const log_line& line) {
    std::string text;
    text.reserve(256 + line.message.size());
    fmt::format_to(std::back_inserter(text), R"({{"time":"{}")", format_instant(line.time));
    append_member(text, "level", line.severity);
    append_member(text, "service", service_of(line));
    append_member(text, "message", line.message);
    if (line.trace != nullptr) {
        const auto& trace = *line.trace;
        if (!trace.request_id.empty()) append_member(text, "requestId", trace.request_id);
        if (!trace.correlation_id.empty()) append_member(text, "correlationId", trace.correlation_id);
        if (!trace.causation_id.empty()) append_member(text, "causationId", trace.causation_id);
        if (!trace.traceparent.empty()) append_member(text, "traceparent", trace.traceparent);
    }
    for (const auto& [name, value] : line.fields) {
        if (name == "service") continue;
        text += ',';
        append_json_string(text, name);
        text += ':';
        append_value(text, value);
    }
    text += "}\n";
    return text;
}

std::string text_line(const log_line& line) {
    // The time of day without the date: people watch a terminal as it happens.
    const std::string time = format_instant(line.time).substr(11, 15);
    std::string text = fmt::format("{} {:<5} {:<13} ", time, line.severity, service_of(line));
    append_escaped(text, line.message);
    for (const auto& [name, value] : line.fields) {
        if (name == "service") continue;
        text += "  ";
        append_escaped(text, name);
        text += '=';
        append_value(text, value);
    }
    if (line.trace != nullptr && !line.trace->correlation_id.empty()) {
        text += "  correlationId=";
        append_escaped(text, line.trace->correlation_id);
    }
    text += '\n';
    return text;
}

}  // namespace esm::observe
