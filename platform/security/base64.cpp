// See base64.hpp. libsodium's codec is strict and takes the same time for every text of one length.
#include "platform/security/base64.hpp"

#include <sodium.h>

namespace esm::security {

namespace {

constexpr int padded = sodium_base64_VARIANT_ORIGINAL;
constexpr int for_urls = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encode(std::string_view bytes, int variant) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    const auto* raw = reinterpret_cast<const unsigned char*>(bytes.data());
    sodium_bin2base64(text.data(), text.size(), raw, bytes.size(), variant);
    text.pop_back();  // the terminating NUL
    return text;
}

std::optional<std::string> decode(std::string_view text, int variant) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    auto* raw = reinterpret_cast<unsigned char*>(bytes.data());
    const int failed =
        sodium_base642bin(raw, bytes.size(), text.data(), text.size(), nullptr, &size, nullptr, variant);
    if (failed != 0) return std::nullopt;
    bytes.resize(size);
    return bytes;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    return encode(bytes, padded);
}

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, for_urls);
}

std::optional<std::string> base64_decode(std::string_view text) {
    return decode(text, padded);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    return decode(text, for_urls);
}

}  // namespace esm::security
