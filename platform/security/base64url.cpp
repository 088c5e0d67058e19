// See base64url.hpp. libsodium's codec is strict and takes the same time for every text of one length.
#include "platform/security/base64url.hpp"

#include <sodium.h>

namespace esm::security {

namespace {
constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
}

std::string base64url_encode(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    const auto* raw = reinterpret_cast<const unsigned char*>(bytes.data());
    sodium_bin2base64(text.data(), text.size(), raw, bytes.size(), variant);
    text.pop_back();  // the terminating NUL
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    auto* raw = reinterpret_cast<unsigned char*>(bytes.data());
    const int failed =
        sodium_base642bin(raw, bytes.size(), text.data(), text.size(), nullptr, &size, nullptr, variant);
    if (failed != 0) return std::nullopt;
    bytes.resize(size);
    return bytes;
}

}  // namespace esm::security
