// See content_policy.hpp.
#include "platform/http/content_policy.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

namespace esm::http {

std::string hash_source(std::string_view block) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(block.data()), block.size());
    std::array<char, sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES, sodium_base64_VARIANT_ORIGINAL)>
        text{};
    sodium_bin2base64(text.data(), text.size(), hash.data(), hash.size(), sodium_base64_VARIANT_ORIGINAL);
    return fmt::format("'sha256-{}'", text.data());
}

}  // namespace esm::http
