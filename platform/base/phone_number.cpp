// See phone_number.hpp.
#include "platform/base/phone_number.hpp"

#include <algorithm>

namespace esm {

namespace {

constexpr std::size_t digits_min = 7;  // no assigned number is shorter
constexpr std::size_t digits_max = 15;

}  // namespace

bool is_e164(std::string_view text) {
    if (!text.starts_with('+')) return false;
    const auto digits = text.substr(1);
    const bool only_digits =
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    return only_digits && digits.size() >= digits_min && digits.size() <= digits_max && digits[0] != '0';
}

}  // namespace esm
