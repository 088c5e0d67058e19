// A Google service account of a test's own: an RSA key made for it, its file, and the check of what it signs.
#pragma once

#include <openssl/pem.h>

#include <boost/json.hpp>
#include <fstream>
#include <string>

#include "platform/security/base64.hpp"
#include "services/notifications/push/openssl_handle.hpp"
#include "services/notifications/push/service_account.hpp"

namespace esm::notifications::testing {

inline std::string pem_of(EVP_PKEY* key) {
    const memory_bio target(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(target.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(target.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

class test_account {
public:
    test_account() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})) {}

    boost::json::object json(const std::string& token_uri) const {
        return {
            {"type", "service_account"},
            {"project_id", "a-project"},
            {"private_key_id", "key-1"},
            {"private_key", pem_of(key_.get())},
            {"client_email", "push@a-project.iam.gserviceaccount.com"},
            {"token_uri", token_uri},
        };
    }

    service_account account(const std::string& token_uri) const {
        return {
            "push@a-project.iam.gserviceaccount.com", pem_of(key_.get()), "key-1", token_uri, "a-project"
        };
    }

    // RS256 of RFC 7518 section 3.3.
    bool signed_by_it(const std::string& jwt) const {
        const auto dot = jwt.rfind('.');
        const auto signature = security::base64url_decode(std::string_view(jwt).substr(dot + 1));
        const digest_context context(EVP_MD_CTX_new());
        EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
        return signature && EVP_DigestVerify(
                                context.get(),
                                openssl_bytes(std::string_view(*signature)),
                                signature->size(),
                                openssl_bytes(std::string_view(jwt)),
                                dot
                            ) == 1;
    }

private:
    const pkey_handle key_;
};

}  // namespace esm::notifications::testing
