// See es256.hpp. OpenSSL speaks DER signatures, JWS the two numbers side by side: converted here and nowhere
// else.
#include "platform/security/es256.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>

#include "platform/security/digest.hpp"

namespace esm::security {

namespace {

constexpr int number_size = 32;

template <class T, void (*Free)(T*)>
struct deleter {
    void operator()(T* object) const { Free(object); }
};
template <class T, void (*Free)(T*)>
using handle = std::unique_ptr<T, deleter<T, Free>>;

using number = handle<BIGNUM, BN_free>;
using signature_pair = handle<ECDSA_SIG, ECDSA_SIG_free>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(what);
}

std::string padded(const BIGNUM* value) {
    std::string bytes(number_size, '\0');
    require(
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), number_size) == number_size,
        "a P-256 number is longer than 32 bytes"
    );
    return bytes;
}

std::string raw_of_der(const std::string& der) {
    const auto* position = bytes_of(der);
    const signature_pair pair(d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(der.size())));
    require(pair != nullptr, "OpenSSL made a signature it cannot read");
    return padded(ECDSA_SIG_get0_r(pair.get())) + padded(ECDSA_SIG_get0_s(pair.get()));
}

// Empty where OpenSSL has no memory for it.
std::string der_of_raw(std::string_view raw) {
    const signature_pair pair(ECDSA_SIG_new());
    number r(BN_bin2bn(bytes_of(raw), number_size, nullptr));
    number s(BN_bin2bn(bytes_of(raw) + number_size, number_size, nullptr));
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
    static_cast<void>(r.release());  // set0 took them
    static_cast<void>(s.release());
    unsigned char* encoded = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &encoded);
    if (size <= 0) return {};
    std::string der(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(size));
    OPENSSL_free(encoded);
    return der;
}

bool on_p256(EVP_PKEY* key) {
    std::array<char, 64> group{};
    std::size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
           std::string_view(group.data(), size) == SN_X9_62_prime256v1;
}

int refuse_pass_phrase(char*, int, int, void*) {
    return -1;
}

std::string coordinate(EVP_PKEY* key, const char* name) {
    BIGNUM* value = nullptr;
    require(EVP_PKEY_get_bn_param(key, name, &value) == 1, "a P-256 key has no public point");
    const number owner(value);
    return padded(owner.get());
}

}  // namespace

es256_key::es256_key(key_handle key, bool is_private) : key_(std::move(key)) {
    verifier_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    require(
        verifier_ && EVP_PKEY_verify_init(verifier_.get()) == 1, "OpenSSL refuses to verify with a P-256 key"
    );
    if (!is_private) return;
    signer_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    require(signer_ && EVP_PKEY_sign_init(signer_.get()) == 1, "OpenSSL refuses to sign with a P-256 key");
}

es256_key es256_key::generate() {
    key_handle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require(key != nullptr, "OpenSSL cannot generate a P-256 key");
    return es256_key(std::move(key), true);
}

es256_key es256_key::from_pem(std::string_view pem) {
    const handle<BIO, BIO_free_all> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require(source != nullptr, "out of memory");
    key_handle key(PEM_read_bio_PrivateKey(source.get(), nullptr, refuse_pass_phrase, nullptr));
    require(key != nullptr, "not a private key in unencrypted PEM form");
    require(on_p256(key.get()), "not a key on the curve P-256");
    return es256_key(std::move(key), true);
}

std::optional<es256_key> es256_key::from_point(std::string_view x, std::string_view y) {
    if (x.size() != number_size || y.size() != number_size) return std::nullopt;
    std::string point = "\x04";
    point.append(x).append(y);
    std::array<OSSL_PARAM, 3> params{
        OSSL_PARAM_construct_utf8_string(
            OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(SN_X9_62_prime256v1), 0
        ),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
        OSSL_PARAM_construct_end(),
    };
    const context_handle maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (!maker || EVP_PKEY_fromdata_init(maker.get()) != 1) return std::nullopt;
    if (EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, params.data()) != 1) {
        ERR_clear_error();
        return std::nullopt;
    }
    return es256_key(key_handle(made), false);
}

std::optional<es256_key> es256_key::from_private_number(std::string_view bytes) {
    const handle<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const number secret(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
    require(group && secret, "out of memory");
    const auto* order = EC_GROUP_get0_order(group.get());
    if (BN_is_zero(secret.get()) == 1 || BN_cmp(secret.get(), order) >= 0) return std::nullopt;
    const handle<EC_POINT, EC_POINT_free> point(EC_POINT_new(group.get()));
    std::array<unsigned char, 1 + 2 * number_size> shown{};
    require(
        point && EC_POINT_mul(group.get(), point.get(), secret.get(), nullptr, nullptr, nullptr) == 1 &&
            EC_POINT_point2oct(
                group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, shown.data(), shown.size(), nullptr
            ) == shown.size(),
        "OpenSSL cannot make the public point of a number"
    );
    const handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    require(
        builder &&
            OSSL_PARAM_BLD_push_utf8_string(
                builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0
            ) == 1 &&
            OSSL_PARAM_BLD_push_octet_string(
                builder.get(), OSSL_PKEY_PARAM_PUB_KEY, shown.data(), shown.size()
            ) == 1 &&
            OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get()) == 1,
        "out of memory"
    );
    const handle<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
    const context_handle maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    require(
        params && maker && EVP_PKEY_fromdata_init(maker.get()) == 1 &&
            EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEYPAIR, params.get()) == 1,
        "OpenSSL refuses a private number on P-256"
    );
    return es256_key(key_handle(made), true);
}

std::string es256_key::to_pem() const {
    const handle<BIO, BIO_free_all> target(BIO_new(BIO_s_mem()));
    require(
        target &&
            PEM_write_bio_PKCS8PrivateKey(target.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
                1,
        "OpenSSL cannot write the private key"
    );
    char* text = nullptr;
    const long size = BIO_get_mem_data(target.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

es256_key::point es256_key::public_point() const {
    return {
        coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X), coordinate(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y)
    };
}

std::string es256_key::sign(std::string_view message) const {
    require(signer_ != nullptr, "a public key cannot sign");
    const auto digest = sha256(message);
    const context_handle context(EVP_PKEY_CTX_dup(signer_.get()));
    std::string der(80, '\0');  // at most 72 bytes for P-256
    std::size_t size = der.size();
    auto* out = reinterpret_cast<unsigned char*>(der.data());
    require(
        context && EVP_PKEY_sign(context.get(), out, &size, digest.data(), digest.size()) == 1,
        "OpenSSL refuses to sign"
    );
    der.resize(size);
    return raw_of_der(der);
}

bool es256_key::verify(std::string_view message, std::string_view signature) const {
    if (signature.size() != 2 * number_size) return false;
    const std::string der = der_of_raw(signature);
    const auto digest = sha256(message);
    const context_handle context(EVP_PKEY_CTX_dup(verifier_.get()));
    if (der.empty() || !context) return false;
    const bool valid =
        EVP_PKEY_verify(context.get(), bytes_of(der), der.size(), digest.data(), digest.size()) == 1;
    // TLS on this thread would take what is left in OpenSSL's queue for its own failure.
    if (!valid) ERR_clear_error();
    return valid;
}

}  // namespace esm::security
