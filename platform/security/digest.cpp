// See digest.hpp and sealed.hpp's sha256_hex.
#include "platform/security/digest.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include <stdexcept>

#include "platform/security/sealed.hpp"

namespace esm::security {

sha256_digest sha256(std::string_view text) {
    // A fetch takes a global lock in OpenSSL 3.0: once a process, never freed.
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    sha256_digest digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr) != 1) {
        throw std::runtime_error("OpenSSL refuses to compute SHA-256");
    }
    return digest;
}

std::string sha256_hex(std::string_view text) {
    const auto digest = sha256(text);
    std::string hex(digest.size() * 2 + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), digest.data(), digest.size());
    hex.pop_back();
    return hex;
}

}  // namespace esm::security
