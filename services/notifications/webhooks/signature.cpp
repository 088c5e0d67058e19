// See signature.hpp.
#include "services/notifications/webhooks/signature.hpp"

#include <sodium.h>

#include "platform/base/words.hpp"
#include "platform/security/base64.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view secret_prefix = "whsec_", signature_prefix = "v1,";
constexpr std::size_t made_bytes = 32, key_bytes_min = 24, key_bytes_max = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> key_of(std::string_view secret) {
    if (!secret.starts_with(secret_prefix)) return std::nullopt;
    secret.remove_prefix(secret_prefix.size());
    auto key = security::base64_decode(secret);
    if (!key || key->size() < key_bytes_min || key->size() > key_bytes_max) return std::nullopt;
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
    return std::string(secret_prefix) + security::base64_encode(key);
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
        signatures.push_back(std::string(signature_prefix) + security::base64_encode(code));
    }
    return join_words(signatures);
}

}  // namespace esm::notifications
