// The secrets of a mail that proves an address: six digits for typing and a token for the link. Both are
// derived from the id of their challenge with a key that the user and the notification service share, so that
// they stand in no event, no database and no log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/security/sealed.hpp"

namespace esm::security {

// Six decimal digits.
std::string mailed_code(const master_key& key, std::string_view challenge_id);

// "<challenge id>.<43 characters of base64url>".
std::string mailed_token(const master_key& key, std::string_view challenge_id);

// The challenge's id, of a token that is right.
std::optional<std::string> open_mailed_token(const master_key& key, std::string_view token);

// Tells whether two services have the same key, and nothing else about it.
std::string code_key_id(const master_key& key);

}  // namespace esm::security
