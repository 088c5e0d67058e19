// What a browser asks for by its headers: a page at all, and in which of our languages. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace esm::notifications {

enum class page_language : std::uint8_t { english, german };

// Of Accept-Language (RFC 9110 section 12.5.4): the one with the greater weight, or that stands first;
// English where it names neither.
page_language choose_language(std::string_view accept_language);

// Whether Accept names text/html, as browsers' does and programs' does not.
bool asks_for_page(std::string_view accept);

}  // namespace esm::notifications
