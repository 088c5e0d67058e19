// See locale.hpp.
#include "services/notifications/templates/locale.hpp"

#include <algorithm>

namespace esm::notifications {

namespace {

// The C library's depend on the process's locale.
bool is_letter(char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z');
}

bool is_digit(char each) {
    return each >= '0' && each <= '9';
}

char lower(char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
}

char upper(char each) {
    return each >= 'a' && each <= 'z' ? static_cast<char>(each - 'a' + 'A') : each;
}

bool all(std::string_view text, bool (*holds)(char)) {
    return std::all_of(text.begin(), text.end(), holds);
}

std::string_view take_subtag(std::string_view& rest) {
    const auto end = std::min(rest.find('-'), rest.size());
    const auto taken = rest.substr(0, end);
    rest.remove_prefix(end);
    return taken;
}

std::string_view without_last_subtag(std::string_view tag) {
    const auto last = tag.rfind('-');
    return last == std::string_view::npos ? std::string_view{} : tag.substr(0, last);
}

void add_with_parents(std::vector<std::string>& found, std::string_view tag) {
    for (; !tag.empty(); tag = without_last_subtag(tag)) {
        auto locale = normalise_locale(tag);
        if (locale && std::find(found.begin(), found.end(), *locale) == found.end()) {
            found.push_back(std::move(*locale));
        }
    }
}

}  // namespace

std::optional<std::string> normalise_locale(std::string_view text) {
    auto subtag = take_subtag(text);
    if (subtag.size() < 2 || subtag.size() > 3 || !all(subtag, is_letter)) return std::nullopt;
    std::string locale;
    std::transform(subtag.begin(), subtag.end(), std::back_inserter(locale), lower);
    const auto next = [&] {
        if (!text.empty()) text.remove_prefix(1);
        return take_subtag(text);
    };
    if (text.empty()) return locale;
    subtag = next();
    if (subtag.size() == 4 && all(subtag, is_letter)) {
        locale += '-';
        locale += upper(subtag.front());
        std::transform(subtag.begin() + 1, subtag.end(), std::back_inserter(locale), lower);
        if (text.empty()) return locale;
        subtag = next();
    }
    const bool is_region = (subtag.size() == 2 && all(subtag, is_letter)) ||  // ISO 3166-1
                           (subtag.size() == 3 && all(subtag, is_digit));     // UN M.49
    if (!is_region || !text.empty()) return std::nullopt;
    locale += '-';
    std::transform(subtag.begin(), subtag.end(), std::back_inserter(locale), upper);
    return locale;
}

std::vector<std::string> fallback_locales(std::string_view wanted, std::string_view default_locale) {
    // A language tag has at most 35 characters here; a longer text is none.
    constexpr std::size_t length_max = 64;
    std::vector<std::string> found;
    if (wanted.size() <= length_max) add_with_parents(found, wanted);
    add_with_parents(found, default_locale);
    add_with_parents(found, last_locale);
    return found;
}

std::string_view language_of(std::string_view locale) {
    return locale.substr(0, locale.find('-'));
}

}  // namespace esm::notifications
