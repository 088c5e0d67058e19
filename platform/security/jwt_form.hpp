// The form of a compact JWS and the policy for its header and claims, without any key. Private to
// platform/security.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/security/jwt.hpp"

namespace esm::security {

// The longest token that is looked at.
constexpr std::size_t token_max_bytes = 8192;

struct token_parts {
    std::string header, payload, signature;  // decoded
    std::string_view signed_text;            // header and payload as they came, with the dot; into the token
};

// Nothing unless the token has exactly three base64url parts and fits token_max_bytes.
std::optional<token_parts> split_token(std::string_view token);

// The header's kid when alg is exactly ES256, typ is at+jwt (RFC 9068 section 4), nothing is critical and the
// kid is made of base64url characters. Members that name keys (jwk, jku, x5u, x5c) are never looked at.
std::optional<std::string> acceptable_key_id(std::string_view header);

struct token_expectations {
    std::string_view issuer, audience;
    std::int64_t now_s{0};
};

// The claims of a payload whose signature was verified, or why they do not hold: errc::invalid_token.
result<access_claims> read_claims(std::string_view payload, const token_expectations& expected);

}  // namespace esm::security
