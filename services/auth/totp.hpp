// Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 s), as authenticator apps make them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esm::auth::totp {

// 20 random bytes.
std::string make_secret();
std::string base32(std::string_view bytes);  // RFC 4648 section 6, without padding

// The code of one step of 30 s.
std::string code(std::string_view secret, std::int64_t step);

// The step whose code this is, the current one or a neighbour (clocks differ), later than `last_step`.
std::optional<std::int64_t> find_step(
    std::string_view secret, std::string_view given, std::int64_t now_s, std::int64_t last_step
);

// What an app reads from a QR code.
std::string uri(std::string_view secret, std::string_view account);

}  // namespace esm::auth::totp
