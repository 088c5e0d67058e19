// See json_text.hpp.
#include "platform/events/json_text.hpp"

#include "platform/base/json_text.hpp"

namespace esm::events {

namespace {

// The length of the UTF-8 sequence at `at` (RFC 3629 section 4), 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t offset) -> unsigned {
        return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
    };
    const auto tail = [&](std::size_t offset) { return (byte(offset) & 0xC0U) == 0x80U; };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned second = byte(1);
        if (lead == 0xE0 && second < 0xA0) return 0;
        if (lead == 0xED && second > 0x9F) return 0;
        return tail(1) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned second = byte(1);
        if (lead == 0xF0 && second < 0x90) return 0;
        if (lead == 0xF4 && second > 0x8F) return 0;
        return tail(1) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

std::string from_latin_1(std::string_view bytes) {
    std::string text;
    for (const char each : bytes) {
        const auto code = static_cast<unsigned char>(each);
        if (code < 0x80) {
            text += each;
        } else {
            text += static_cast<char>(0xC0U | (code >> 6U));
            text += static_cast<char>(0x80U | (code & 0x3FU));
        }
    }
    return text;
}

void append_text(std::string& into, std::string_view value) {
    if (is_utf8(value))
        json::append_string(into, value);
    else
        json::append_string(into, from_latin_1(value));
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_length(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

void append_json_member(std::string& into, std::string_view name, std::string_view value) {
    if (into.back() != '{') into += ',';
    append_text(into, name);
    into += ':';
    append_text(into, value);
}

}  // namespace esm::events
