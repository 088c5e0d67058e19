// Secrets at rest: AES-256-GCM with a master key from a file or the environment.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/result.hpp"

namespace esm::security {

class master_key {
public:
    // 32 bytes as 64 hex digits. Throws std::invalid_argument.
    static master_key from_hex(std::string_view hex);
    // Reads the file; creates it with a random key and mode 0600 when missing and `create`.
    static master_key from_file(const std::string& path, bool create);

    // base64url of nonce, ciphertext and tag; `purpose` is authenticated with it.
    std::string seal(std::string_view secret, std::string_view purpose) const;
    // errc::internal when it was sealed with another key or purpose, or changed.
    result<std::string> open(std::string_view sealed, std::string_view purpose) const;
    // 32 bytes that nobody can tell without the key: HMAC-SHA-256 (RFC 2104) of purpose and text.
    std::string derive(std::string_view purpose, std::string_view text) const;

private:
    std::string key_;
};

// In a time that does not tell where the two differ.
bool same_secret(std::string_view given, std::string_view expected);

// SHA-256 as lower-case hex, for tokens at rest.
std::string sha256_hex(std::string_view text);

}  // namespace esm::security
