// UTF-8 (RFC 3629) as texts from outside need it: checked, counted and cut by characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace esm {

struct utf8_character {
    std::size_t length{0};  // in bytes; 0: the text does not begin with a character
    char32_t code_point{0};
};

// The first character of `text`, which is not empty: no overlong forms, no surrogates, nothing above
// U+10FFFF.
utf8_character first_utf8_character(std::string_view text);

bool is_utf8(std::string_view text);

// How many characters (code points) valid UTF-8 has, as JSON Schema counts lengths.
std::size_t count_characters(std::string_view text);

// At most `max_bytes` of the text, never ending inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t max_bytes);

}  // namespace esm
