// SHA-256 on OpenSSL's EVP, the algorithm fetched once. Private to platform/security.
#pragma once

#include <array>
#include <string_view>

namespace esm::security {

using sha256_digest = std::array<unsigned char, 32>;

sha256_digest sha256(std::string_view text);

}  // namespace esm::security
