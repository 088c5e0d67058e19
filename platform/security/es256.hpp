// One P-256 key that signs and verifies raw r||s signatures over SHA-256 (RFC 7518 section 3.4). Immutable;
// any thread may use it.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace esm::security {

class es256_key {
public:
    static es256_key generate();
    // Throws std::runtime_error unless `pem` holds an unencrypted private key on P-256.
    static es256_key from_pem(std::string_view pem);
    // The pair whose private number is these 32 bytes, the first ones first; nothing for 0 and for what is
    // not below the group's order, which of random bytes hardly any is.
    static std::optional<es256_key> from_private_number(std::string_view bytes);
    // The public key of a point, 32 bytes each; nothing when it is not on the curve.
    static std::optional<es256_key> from_point(std::string_view x, std::string_view y);

    std::string to_pem() const;  // PKCS #8
    struct point {
        std::string x, y;  // 32 bytes each
    };
    point public_point() const;

    // 64 bytes. Throws std::runtime_error for a public key.
    std::string sign(std::string_view message) const;
    bool verify(std::string_view message, std::string_view signature) const;

private:
    struct key_deleter {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    struct context_deleter {
        void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    };
    using key_handle = std::unique_ptr<EVP_PKEY, key_deleter>;
    using context_handle = std::unique_ptr<EVP_PKEY_CTX, context_deleter>;

    explicit es256_key(key_handle key, bool is_private);

    key_handle key_;
    // Initialised once and duplicated for each use: initialising fetches the algorithm under a global lock.
    context_handle signer_, verifier_;
};

}  // namespace esm::security
