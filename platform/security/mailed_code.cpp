// See mailed_code.hpp.
#include "platform/security/mailed_code.hpp"

#include <fmt/format.h>

#include "platform/security/base64.hpp"

namespace esm::security {

std::string mailed_code(const master_key& key, std::string_view challenge_id) {
    const auto derived = key.derive("mailed-code", challenge_id);
    std::uint64_t number = 0;
    for (const unsigned char byte : std::string_view(derived).substr(0, 8)) number = number << 8 | byte;
    return fmt::format("{:06}", number % 1'000'000);
}

std::string mailed_token(const master_key& key, std::string_view challenge_id) {
    return fmt::format("{}.{}", challenge_id, base64url_encode(key.derive("mailed-token", challenge_id)));
}

std::optional<std::string> open_mailed_token(const master_key& key, std::string_view token) {
    const auto point = token.find('.');
    if (point == std::string_view::npos) return std::nullopt;
    const auto challenge_id = token.substr(0, point);
    if (!same_secret(token, mailed_token(key, challenge_id))) return std::nullopt;
    return std::string(challenge_id);
}

std::string code_key_id(const master_key& key) {
    return base64url_encode(key.derive("code-key-id", {}).substr(0, 6));
}

}  // namespace esm::security
