// Owners of OpenSSL's objects, shared by the files of this folder that speak to it.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace esm::notifications {

template <class Object, void (*Free)(Object*)>
struct openssl_deleter {
    void operator()(Object* object) const { Free(object); }
};
template <class Object, void (*Free)(Object*)>
using openssl_handle = std::unique_ptr<Object, openssl_deleter<Object, Free>>;

using pkey_handle = openssl_handle<EVP_PKEY, EVP_PKEY_free>;
using pkey_context = openssl_handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using cipher_context = openssl_handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using digest_context = openssl_handle<EVP_MD_CTX, EVP_MD_CTX_free>;
using kdf_context = openssl_handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;
using memory_bio = openssl_handle<BIO, BIO_free_all>;

inline const unsigned char* openssl_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* openssl_bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

inline void require_openssl(bool done, const char* what) {
    if (done) return;
    ERR_clear_error();  // TLS on this thread would take what is left there for its own failure
    throw std::runtime_error(what);
}

}  // namespace esm::notifications
