// See web_push_encryption.hpp.
#include "services/notifications/push/web_push_encryption.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "services/notifications/push/openssl_handle.hpp"

namespace esm::notifications {

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::size_t salt_bytes = 16, point_bytes = 65, secret_bytes = 32, auth_bytes = 16;
constexpr std::size_t key_bytes = 16, nonce_bytes = 12, tag_bytes = 16;
constexpr std::uint32_t record_bytes = 4096;
constexpr char last_record = '\x02';  // RFC 8188 section 2: the delimiter of a message's last record

// A fetch takes a global lock in OpenSSL 3.0: once a process, never freed.
EVP_KDF* hkdf_algorithm() {
    static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    return algorithm;
}
const EVP_CIPHER* aes_128_gcm() {
    static const EVP_CIPHER* const algorithm = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
    return algorithm;
}

OSSL_PARAM group_param() {
    return OSSL_PARAM_construct_utf8_string(
        OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(SN_X9_62_prime256v1), 0
    );
}

OSSL_PARAM octets_param(const char* name, std::string_view bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

// Null for what is no key: OpenSSL checks that a point is on its curve.
pkey_handle import_key(int selection, OSSL_PARAM* params) {
    const pkey_context maker(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    const bool done = maker && EVP_PKEY_fromdata_init(maker.get()) == 1 &&
                      EVP_PKEY_fromdata(maker.get(), &made, selection, params) == 1;
    // TLS on this thread would take what is left in OpenSSL's queue for its own failure.
    if (!done) ERR_clear_error();
    return pkey_handle(made);
}

pkey_handle public_key(std::string_view point) {
    if (point.size() != point_bytes) return nullptr;
    std::array params{
        group_param(), octets_param(OSSL_PKEY_PARAM_PUB_KEY, point), OSSL_PARAM_construct_end()
    };
    return import_key(EVP_PKEY_PUBLIC_KEY, params.data());
}

pkey_handle key_pair(const push_sender& given) {
    std::string number(secret_bytes, '\0');
    const openssl_handle<BIGNUM, BN_clear_free> value(
        BN_bin2bn(openssl_bytes(given.private_key), static_cast<int>(given.private_key.size()), nullptr)
    );
    if (!value || BN_bn2nativepad(value.get(), openssl_bytes(number), secret_bytes) < 0) return nullptr;
    std::array params{
        group_param(),
        octets_param(OSSL_PKEY_PARAM_PUB_KEY, given.public_key),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, openssl_bytes(number), number.size()),
        OSSL_PARAM_construct_end(),
    };
    return import_key(EVP_PKEY_KEYPAIR, params.data());
}

std::string point_of(const EVP_PKEY* key) {
    std::string point(point_bytes, '\0');
    std::size_t size = 0;
    const int done = EVP_PKEY_get_octet_string_param(
        key, OSSL_PKEY_PARAM_PUB_KEY, openssl_bytes(point), point.size(), &size
    );
    require_openssl(done == 1 && size == point_bytes, "OpenSSL gives no point of a P-256 key");
    return point;
}

std::string agree(EVP_PKEY* own, EVP_PKEY* other) {
    const pkey_context context(EVP_PKEY_CTX_new_from_pkey(nullptr, own, nullptr));
    std::string secret(secret_bytes, '\0');
    std::size_t size = secret.size();
    const bool done = context && EVP_PKEY_derive_init(context.get()) == 1 &&
                      EVP_PKEY_derive_set_peer(context.get(), other) == 1 &&
                      EVP_PKEY_derive(context.get(), openssl_bytes(secret), &size) == 1;
    require_openssl(done && size == secret_bytes, "OpenSSL refuses to agree on a secret");
    return secret;
}

// HKDF of RFC 5869, extract and expand, over SHA-256.
std::string hkdf(std::string_view salt, std::string_view secret, std::string_view info, std::size_t bytes) {
    const kdf_context context(EVP_KDF_CTX_new(hkdf_algorithm()));
    std::array params{
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
        octets_param(OSSL_KDF_PARAM_SALT, salt),
        octets_param(OSSL_KDF_PARAM_KEY, secret),
        octets_param(OSSL_KDF_PARAM_INFO, info),
        OSSL_PARAM_construct_end(),
    };
    std::string derived(bytes, '\0');
    const bool done =
        context && EVP_KDF_derive(context.get(), openssl_bytes(derived), bytes, params.data()) == 1;
    require_openssl(done, "OpenSSL refuses to derive a key");
    return derived;
}

std::string encrypt_record(std::string_view key, std::string_view nonce, std::string_view record) {
    const cipher_context context(EVP_CIPHER_CTX_new());
    std::string sealed(record.size() + tag_bytes, '\0');
    auto* const body = openssl_bytes(sealed);
    int size = 0;
    const bool done =
        context &&
        EVP_EncryptInit_ex2(
            context.get(), aes_128_gcm(), openssl_bytes(key), openssl_bytes(nonce), nullptr
        ) == 1 &&
        EVP_EncryptUpdate(
            context.get(), body, &size, openssl_bytes(record), static_cast<int>(record.size())
        ) == 1 &&
        EVP_EncryptFinal_ex(context.get(), body + size, &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, body + record.size()) == 1;
    require_openssl(done, "OpenSSL refuses to encrypt with AES-128-GCM");
    return sealed;
}

// RFC 8188 section 2.1.
std::string header_of(std::string_view salt, std::string_view sender_point) {
    std::string header(salt);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        header += static_cast<char>(record_bytes >> shift & 0xffU);
    }
    header += static_cast<char>(sender_point.size());
    header += sender_point;
    return header;
}

result<std::string> encrypt_as(
    EVP_PKEY* sender, std::string_view salt, const web_push_subscription& to, std::string_view plaintext
) {
    if (plaintext.size() > push_plaintext_max_bytes) {
        return fail(errc::payload_too_large, "the message is too long for a push service");
    }
    const auto receiver = public_key(to.p256dh);
    if (!receiver || to.auth.size() != auth_bytes) {
        return fail(errc::validation_failed, "the subscription's keys are not usable");
    }
    const auto sender_point = point_of(sender);
    // RFC 8291 section 3.4, then RFC 8188 section 2.2.
    const auto key_info = "WebPush: info\0"s + to.p256dh + sender_point;
    const auto input = hkdf(to.auth, agree(sender, receiver.get()), key_info, secret_bytes);
    const auto key = hkdf(salt, input, "Content-Encoding: aes128gcm\0"sv, key_bytes);
    const auto nonce = hkdf(salt, input, "Content-Encoding: nonce\0"sv, nonce_bytes);
    const auto record = std::string(plaintext) + last_record;
    return header_of(salt, sender_point) + encrypt_record(key, nonce, record);
}

}  // namespace

result<std::string> encrypt_push(const web_push_subscription& to, std::string_view plaintext) {
    const pkey_handle sender(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require_openssl(sender != nullptr, "OpenSSL cannot generate a P-256 key");
    std::string salt(salt_bytes, '\0');
    const int salted = RAND_bytes(openssl_bytes(salt), salt_bytes);
    require_openssl(salted == 1, "OpenSSL has no random bytes");
    return encrypt_as(sender.get(), salt, to, plaintext);
}

result<std::string> encrypt_push(
    const web_push_subscription& to,
    std::string_view plaintext,
    const push_sender& sender,
    std::string_view salt
) {
    const auto key = key_pair(sender);
    if (!key || salt.size() != salt_bytes) {
        return fail(errc::validation_failed, "the sender's keys or the salt are not usable");
    }
    return encrypt_as(key.get(), salt, to, plaintext);
}

}  // namespace esm::notifications
