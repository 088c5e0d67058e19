// See json_text.hpp.
#include "platform/base/json_text.hpp"

#include <array>

namespace esm::json {

namespace {

constexpr auto needs_escape = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
    table['"'] = table['\\'] = table[0x7f] = true;
    return table;
}();

void append_escape(std::string& into, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"':
            into += "\\\"";
            return;
        case '\\':
            into += "\\\\";
            return;
        case '\n':
            into += "\\n";
            return;
        case '\r':
            into += "\\r";
            return;
        case '\t':
            into += "\\t";
            return;
        default:
            into += "\\u00";
            into += hex[static_cast<unsigned char>(c) >> 4U];
            into += hex[static_cast<unsigned char>(c) & 0xFU];
    }
}

}  // namespace

void append_string(std::string& into, std::string_view text) {
    into += '"';
    std::size_t copied = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape[static_cast<unsigned char>(text[i])]) continue;
        into.append(text, copied, i - copied);
        append_escape(into, text[i]);
        copied = i + 1;
    }
    into.append(text, copied);
    into += '"';
}

std::string pointer_token(std::string_view name) {
    std::string token;
    for (const char each : name) {
        if (each == '~') {
            token += "~0";
        } else if (each == '/') {
            token += "~1";
        } else {
            token += each;
        }
    }
    return token;
}

}  // namespace esm::json
