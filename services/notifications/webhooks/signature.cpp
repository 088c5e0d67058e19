// See signature.hpp.
#include "services/notifications/webhooks/signature.hpp"

#include <sodium.h>

#include "platform/base/words.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view secret_prefix = "whsec_", signature_prefix = "v1,";
constexpr std::size_t made_bytes = 32, key_bytes_min = 24, key_bytes_max = 64;
constexpr int variant = sodium_base64_VARIANT_ORIGINAL;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_base64(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), variant);
    text.pop_back();  // the terminating NUL
    return text;
}

std::optional<std::string> key_of(std::string_view secret) {
    if (!secret.starts_with(secret_prefix)) return std::nullopt;
    secret.remove_prefix(secret_prefix.size());
    std::string key(key_bytes_max, '\0');
    std::size_t size = 0;
    const int failed = sodium_base642bin(
        reinterpret_cast<unsigned char*>(key.data()),
        key.size(),
        secret.data(),
        secret.size(),
        nullptr,
        &size,
        nullptr,
        variant
    );
    if (failed != 0 || size < key_bytes_min) return std::nullopt;
    key.resize(size);
    return key;
}

std::string hmac(std::string_view key, std::initializer_list<std::string_view> parts) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
    for (const auto part : parts) crypto_auth_hmacsha256_update(&state, bytes_of(part), part.size());
    std::string code(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(code.data()));
    return code;
}

}  // namespace

std::string make_webhook_secret() {
    std::string key(made_bytes, '\0');
    randombytes_buf(key.data(), key.size());
    return std::string(secret_prefix) + to_base64(key);
}

bool is_webhook_secret(std::string_view text) {
    return key_of(text).has_value();
}

result<std::string> sign_webhook(const signed_webhook& what, const std::vector<std::string>& secrets) {
    const auto timestamp = std::to_string(what.timestamp_s);
    std::vector<std::string> signatures;
    for (const auto& secret : secrets) {
        const auto key = key_of(secret);
        if (!key) return fail(errc::validation_failed, "the endpoint's secret is not usable");
        const auto code = hmac(*key, {what.id, ".", timestamp, ".", what.body});
        signatures.push_back(std::string(signature_prefix) + to_base64(code));
    }
    return join_words(signatures);
}

}  // namespace esm::notifications
