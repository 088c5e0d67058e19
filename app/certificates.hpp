// X.509 certificates (RFC 5280) for internal gRPC: an authority of our own and what it signs, all on P-256.
// For `esm certs` alone; whoever has a PKI uses that.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace esm::app {

// A certificate and its private key (PKCS #8, not encrypted), both PEM.
struct certificate_pair {
    std::string certificate_pem, key_pem;
    std::string good_until;  // "2027-11-26"
};

class certificate_authority {
public:
    static certificate_authority make(int days);
    // Throws std::runtime_error where they are no authority, do not belong together or are past their end.
    static certificate_authority read(const std::string& certificate_pem, const std::string& key_pem);

    certificate_pair pem() const;
    // A certificate for a server and client called `name`; `hosts` are DNS names and addresses under which it
    // is reached (is_host). It ends with the authority at the latest.
    certificate_pair issue(const std::string& name, const std::vector<std::string>& hosts, int days) const;

private:
    struct free_openssl {
        void operator()(X509* each) const { X509_free(each); }
        void operator()(EVP_PKEY* each) const { EVP_PKEY_free(each); }
    };
    using certificate_handle = std::unique_ptr<X509, free_openssl>;
    using key_handle = std::unique_ptr<EVP_PKEY, free_openssl>;

    certificate_authority(certificate_handle certificate, key_handle key)
        : certificate_(std::move(certificate)), key_(std::move(key)) {}

    static key_handle make_key();

    certificate_handle certificate_;
    key_handle key_;
};

// A DNS name, also one that begins with "*.", or an IPv4 or IPv6 address without brackets.
bool is_host(std::string_view text);

}  // namespace esm::app
