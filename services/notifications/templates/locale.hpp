// Which language a text is in, and which others do where there is none in the wanted one. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esm::notifications {

// What every message has a text in.
inline constexpr std::string_view last_locale = "en";

// `language[-Script][-REGION]` of RFC 5646 section 2.1 in the case of its section 2.1.1 ("zh-hant-tw" is
// "zh-Hant-TW"); nothing where the text has another form.
std::optional<std::string> normalise_locale(std::string_view text);

// The locales to look for, best first, as RFC 4647 section 3.4 looks up: the wanted one, then that without
// its last subtag and so on, then the same of the default, then English. What has no known form adds nothing.
std::vector<std::string> fallback_locales(std::string_view wanted, std::string_view default_locale);

// "de" of "de-AT".
std::string_view language_of(std::string_view locale);

}  // namespace esm::notifications
