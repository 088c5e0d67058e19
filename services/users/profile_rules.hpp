// The rules of an account's fields, the same where it is registered and where it is changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/json_decoder.hpp"

namespace esm::users {

inline constexpr json::text_rule name_length{1, 100};
inline constexpr json::text_rule email_length{3, 254};
inline constexpr json::text_rule password_length{8, 256};

struct optional_fields {
    std::optional<std::string> date_of_birth, phone, locale;
};

bool is_username(std::string_view text);
bool is_email(const std::string& text);

// Record what breaks a rule with the decoder.
void check_email(json::decoder& from, const std::string& given);
void check_name(json::decoder& from, std::string_view field, const std::string& given);
void check_optional_fields(json::decoder& from, const optional_fields& given);

}  // namespace esm::users
