// See json_text.hpp.
#include "platform/events/json_text.hpp"

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::events {

namespace {

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

void append_json_member(std::string& into, std::string_view name, std::string_view value) {
    if (into.back() != '{') into += ',';
    append_text(into, name);
    into += ':';
    append_text(into, value);
}

}  // namespace esm::events
