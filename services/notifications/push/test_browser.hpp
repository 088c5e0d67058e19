// A browser's half of Web Push for tests: a key pair and a secret of its own, and the way back from a body to
// the message (RFC 8291 section 3.4, RFC 8188 section 2), written by other means than the sender's.
#pragma once

#include <openssl/hmac.h>

#include <string>

#include "services/notifications/push/openssl_handle.hpp"
#include "services/notifications/push/subscription.hpp"

namespace esm::notifications::testing {

class browser {
public:
    browser() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")) {}

    web_push_subscription subscription(std::string endpoint) const {
        return {std::move(endpoint), point_, auth_};
    }

    // Empty where the body is not for this browser or was changed.
    std::string open(const std::string& body) const {
        if (body.size() < 86 + 17) return {};
        const auto salt = body.substr(0, 16), sender = body.substr(21, 65), sealed = body.substr(86);
        const auto input =
            hmac(hmac(auth_, agree(sender)), std::string("WebPush: info\0", 14) + point_ + sender + '\x01');
        const auto root = hmac(salt, input);
        const auto key = hmac(root, std::string("Content-Encoding: aes128gcm\0\x01", 29)).substr(0, 16);
        const auto nonce = hmac(root, std::string("Content-Encoding: nonce\0\x01", 25)).substr(0, 12);
        auto record = decrypt(key, nonce, sealed);
        if (record.empty() || record.back() != '\x02') return {};
        record.pop_back();
        return record;
    }

private:
    static std::string hmac(const std::string& key, const std::string& text) {
        std::string code(32, '\0');
        unsigned size = 0;
        HMAC(
            EVP_sha256(),
            key.data(),
            static_cast<int>(key.size()),
            openssl_bytes(std::string_view(text)),
            text.size(),
            openssl_bytes(code),
            &size
        );
        return code;
    }

    static std::string point_of(EVP_PKEY* key) {
        std::string point(65, '\0');
        std::size_t size = 0;
        EVP_PKEY_get_octet_string_param(key, "pub", openssl_bytes(point), point.size(), &size);
        return point;
    }

    std::string agree(const std::string& point) const {
        const pkey_handle other(EVP_PKEY_new());
        EVP_PKEY_copy_parameters(other.get(), key_.get());
        EVP_PKEY_set1_encoded_public_key(other.get(), openssl_bytes(std::string_view(point)), point.size());
        const pkey_context context(EVP_PKEY_CTX_new(key_.get(), nullptr));
        std::string secret(32, '\0');
        std::size_t size = secret.size();
        EVP_PKEY_derive_init(context.get());
        EVP_PKEY_derive_set_peer(context.get(), other.get());
        EVP_PKEY_derive(context.get(), openssl_bytes(secret), &size);
        return secret;
    }

    static std::string decrypt(const std::string& key, const std::string& nonce, const std::string& sealed) {
        const cipher_context context(EVP_CIPHER_CTX_new());
        const auto bytes = [](std::string_view text) { return openssl_bytes(text); };
        std::string tag = sealed.substr(sealed.size() - 16), record(sealed.size() - 16, '\0');
        int size = 0;
        EVP_DecryptInit_ex(context.get(), EVP_aes_128_gcm(), nullptr, bytes(key), bytes(nonce));
        const auto length = static_cast<int>(record.size());
        EVP_DecryptUpdate(context.get(), openssl_bytes(record), &size, bytes(sealed), length);
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, 16, tag.data());
        return EVP_DecryptFinal_ex(context.get(), openssl_bytes(record) + size, &size) == 1 ? record
                                                                                            : std::string();
    }

    const pkey_handle key_;
    const std::string point_{point_of(key_.get())};
    const std::string auth_{"0123456789abcdef"};
};

}  // namespace esm::notifications::testing
