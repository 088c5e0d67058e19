// See event_type.hpp.
#include "platform/base/event_type.hpp"

#include <algorithm>

namespace esm {

bool is_event_type(std::string_view text) {
    if (text.empty() || text.size() > event_type_max || text.front() < 'a' || text.front() > 'z')
        return false;
    const auto fits = [](char each) {
        return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '_' || each == '.';
    };
    return std::all_of(text.begin(), text.end(), fits) && text.find('.') != std::string_view::npos &&
           text.find("..") == std::string_view::npos && text.back() != '.';
}

}  // namespace esm
