// An endpoint's half of Standard Webhooks for tests: whether a message came from who knows the secret, by
// OpenSSL instead of what the sender signs with.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "platform/base/words.hpp"

namespace esm::notifications::testing {

inline constexpr std::int64_t webhook_tolerance_s = 300;

inline std::string base64_of(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto* raw = reinterpret_cast<const unsigned char*>(bytes.data());
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), raw, static_cast<int>(bytes.size()));
    text.pop_back();  // the terminating NUL
    return text;
}

// Of base64 with padding.
inline std::string bytes_of_base64(std::string_view text) {
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto* given = reinterpret_cast<const unsigned char*>(text.data());
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), given, static_cast<int>(text.size()));
    const auto last = text.find_last_not_of('=');
    bytes.resize(bytes.size() - (text.size() - 1 - last));
    return bytes;
}

inline bool verify_webhook(
    std::string_view id,
    const std::string& timestamp,
    std::string_view body,
    std::string_view signatures,
    std::string_view secret,
    std::int64_t now_s
) {
    if (std::llabs(std::stoll(timestamp) - now_s) > webhook_tolerance_s) return false;
    const auto key = bytes_of_base64(secret.substr(std::string_view("whsec_").size()));
    const auto text = fmt::format("{}.{}.{}", id, timestamp, body);
    std::string code(32, '\0');
    HMAC(
        EVP_sha256(),
        key.data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        reinterpret_cast<unsigned char*>(code.data()),
        nullptr
    );
    const auto all = split_words(signatures);
    return std::find(all.begin(), all.end(), "v1," + base64_of(code)) != all.end();
}

}  // namespace esm::notifications::testing
