// See certificates.hpp.
#include "app/certificates.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

namespace esm::app {

namespace {

constexpr int serial_bits = 159;  // positive in 20 octets (RFC 5280 section 4.1.2.2)
constexpr long clock_leeway_s = 300;
constexpr std::size_t host_max = 253;
constexpr std::size_t label_max = 63;

void require(bool done, const char* what) {
    if (done) return;
    ERR_clear_error();
    throw std::runtime_error(fmt::format("OpenSSL cannot {}", what));
}

using bio_handle = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

bio_handle memory() {
    bio_handle made(BIO_new(BIO_s_mem()), &BIO_free_all);
    require(made != nullptr, "allocate");
    return made;
}

bio_handle source_of(const std::string& text) {
    bio_handle made(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free_all);
    require(made != nullptr, "allocate");
    return made;
}

std::string text_in(BIO* from) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(from, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const auto into = memory();
    require(PEM_write_bio_X509(into.get(), certificate) == 1, "write a certificate");
    return text_in(into.get());
}

std::string pem_of(EVP_PKEY* key) {
    const auto into = memory();
    const int done = PEM_write_bio_PKCS8PrivateKey(into.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    require(done == 1, "write a key");
    return text_in(into.get());
}

std::string day_of_end(const X509* certificate) {
    std::tm end{};
    require(ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1, "read a certificate's end");
    return fmt::format("{:04}-{:02}-{:02}", end.tm_year + 1900, end.tm_mon + 1, end.tm_mday);
}

int refuse_pass_phrase(char*, int, int, void*) {
    return -1;
}

void set_serial(X509* certificate) {
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_new(), &BN_free);
    const bool drawn = number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1;
    require(
        drawn && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
        "draw a serial number"
    );
}

void set_validity(X509* certificate, int days, const ASN1_TIME* end_at_most) {
    ASN1_TIME* const end = X509_getm_notAfter(certificate);
    require(
        X509_gmtime_adj(X509_getm_notBefore(certificate), -clock_leeway_s) != nullptr &&
            X509_time_adj_ex(end, days, 0, nullptr) != nullptr,
        "set a certificate's validity"
    );
    if (end_at_most != nullptr && ASN1_TIME_compare(end, end_at_most) > 0)
        require(X509_set1_notAfter(certificate, end_at_most) == 1, "set a certificate's end");
}

void set_subject(X509* certificate, const std::string& name) {
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const auto add = [&](const char* field, const std::string& value) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
        const int size = static_cast<int>(value.size());
        return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_UTF8, bytes, size, -1, 0) == 1;
    };
    require(add("O", "EventStreamMonitor") && add("CN", name), "name a certificate");
}

void add_extension(X509* certificate, X509* issuer, int id, const std::string& value) {
    X509V3_CTX names{};
    X509V3_set_ctx(&names, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> made(
        X509V3_EXT_conf_nid(nullptr, &names, id, value.c_str()), &X509_EXTENSION_free
    );
    require(made && X509_add_ext(certificate, made.get(), -1) == 1, "extend a certificate");
}

bool is_address(const std::string& text) {
    in6_addr bytes{};
    return ::inet_pton(AF_INET, text.c_str(), &bytes) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

std::string alternative_names(const std::vector<std::string>& hosts) {
    std::vector<std::string> names;
    for (const auto& host : hosts) {
        if (!is_host(host)) throw std::invalid_argument(fmt::format("\"{}\" is no host", host));
        names.push_back((is_address(host) ? "IP:" : "DNS:") + host);
    }
    return fmt::to_string(fmt::join(names, ","));
}

bool is_label(std::string_view text) {
    const auto allowed = [](char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') ||
               each == '-';
    };
    return !text.empty() && text.size() <= label_max && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

bool is_host(std::string_view text) {
    if (text.size() > host_max) return false;
    if (is_address(std::string(text))) return true;
    if (text.substr(0, 2) == "*.") text.remove_prefix(2);
    // What looks like an address and is none would be a name that nobody can resolve.
    if (text.find_first_not_of("0123456789.") == std::string_view::npos) return false;
    while (true) {
        const auto dot = text.find('.');
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

certificate_authority::key_handle certificate_authority::make_key() {
    key_handle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require(key != nullptr, "generate a P-256 key");
    return key;
}

certificate_authority certificate_authority::make(int days) {
    auto key = make_key();
    certificate_handle certificate(X509_new());
    require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "make a certificate");
    set_serial(certificate.get());
    set_validity(certificate.get(), days, nullptr);
    set_subject(certificate.get(), "EventStreamMonitor development authority");
    require(
        X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) == 1 &&
            X509_set_pubkey(certificate.get(), key.get()) == 1,
        "fill in a certificate"
    );
    auto* const own = certificate.get();
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(own, own, NID_subject_key_identifier, "hash");
    require(X509_sign(own, key.get(), EVP_sha256()) > 0, "sign a certificate");
    return {std::move(certificate), std::move(key)};
}

certificate_authority certificate_authority::read(
    const std::string& certificate_pem, const std::string& key_pem
) {
    const auto certificate_source = source_of(certificate_pem);
    const auto key_source = source_of(key_pem);
    certificate_handle certificate(PEM_read_bio_X509(certificate_source.get(), nullptr, nullptr, nullptr));
    key_handle key(PEM_read_bio_PrivateKey(key_source.get(), nullptr, refuse_pass_phrase, nullptr));
    ERR_clear_error();
    if (!certificate) throw std::runtime_error("ca.crt is no PEM certificate");
    if (!key) throw std::runtime_error("ca.key is no private key in unencrypted PEM form");
    if (X509_check_ca(certificate.get()) != 1) throw std::runtime_error("ca.crt is not that of an authority");
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        ERR_clear_error();
        throw std::runtime_error("ca.key does not belong to ca.crt");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0)
        throw std::runtime_error(fmt::format("ca.crt ended on {}", day_of_end(certificate.get())));
    return {std::move(certificate), std::move(key)};
}

certificate_pair certificate_authority::pem() const {
    return {pem_of(certificate_.get()), pem_of(key_.get()), day_of_end(certificate_.get())};
}

certificate_pair certificate_authority::issue(
    const std::string& name, const std::vector<std::string>& hosts, int days
) const {
    const auto key = make_key();
    const certificate_handle certificate(X509_new());
    require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "make a certificate");
    set_serial(certificate.get());
    set_validity(certificate.get(), days, X509_get0_notAfter(certificate_.get()));
    set_subject(certificate.get(), name);
    require(
        X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get())) == 1 &&
            X509_set_pubkey(certificate.get(), key.get()) == 1,
        "fill in a certificate"
    );
    auto* const own = certificate.get();
    auto* const issuer = certificate_.get();
    add_extension(own, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(own, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(own, issuer, NID_ext_key_usage, "serverAuth,clientAuth");
    add_extension(own, issuer, NID_subject_key_identifier, "hash");
    add_extension(own, issuer, NID_authority_key_identifier, "keyid:always");
    add_extension(own, issuer, NID_subject_alt_name, alternative_names(hosts));
    require(X509_sign(own, key_.get(), EVP_sha256()) > 0, "sign a certificate");
    return {pem_of(own), pem_of(key.get()), day_of_end(own)};
}

}  // namespace esm::app
