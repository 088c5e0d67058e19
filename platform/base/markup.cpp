// See markup.hpp.
#include "platform/base/markup.hpp"

#include <algorithm>

#include "platform/base/utf8.hpp"

namespace esm {

namespace {

bool is_allowed(char32_t code_point) {
    if (code_point < 0x20) return code_point == '\t' || code_point == '\n';
    return code_point != 0xfffe && code_point != 0xffff && (code_point < 0x7f || code_point > 0x9f);
}

}  // namespace

std::string escape_markup(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    while (!text.empty()) {
        const auto next = first_utf8_character(text);
        const auto length = std::max<std::size_t>(next.length, 1);
        switch (next.length == 0 ? 0xfffe : next.code_point) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";  // &apos; is no entity of HTML 4, which some mail programs still read
                break;
            default:
                if (next.length > 0 && is_allowed(next.code_point)) {
                    out += text.substr(0, length);
                } else {
                    out += "\uFFFD";
                }
        }
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace esm
