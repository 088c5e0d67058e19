// See sealed.hpp. AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces: fit for the few secrets a service
// keeps.
#include "platform/security/sealed.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "platform/base/random.hpp"
#include "platform/security/base64.hpp"
#include "platform/security/sodium.hpp"

namespace esm::security {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

struct context_deleter {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, context_deleter>;

const EVP_CIPHER* aes_256_gcm() {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    return cipher;
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(int done) {
    if (done != 1) throw std::runtime_error("OpenSSL refuses to encrypt with AES-256-GCM");
}

[[noreturn]] void fail_with_errno(const std::string& path, const char* doing) {
    throw std::runtime_error(fmt::format("master key {}: cannot {}: {}", path, doing, std::strerror(errno)));
}

// Writes the key under another name first and links it into place, so that no process ever reads half a key
// and the first of several creators wins.
void create_key_file(const std::string& path) {
    const std::string hex = random_hex(key_bytes) + '\n';
    const std::string draft = fmt::format("{}.{}", path, random_hex(8));
    const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) fail_with_errno(path, "create it");
    const bool written =
        ::write(file, hex.data(), hex.size()) == static_cast<ssize_t>(hex.size()) && ::fsync(file) == 0;
    const int failure = errno;
    ::close(file);
    const bool linked = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int link_failure = errno;
    ::unlink(draft.c_str());
    errno = written ? link_failure : failure;
    if (!linked) fail_with_errno(path, "write it");
}

}  // namespace

master_key master_key::from_hex(std::string_view hex) {
    master_key key;
    key.key_.resize(key_bytes);
    std::size_t size = 0;
    const int failed =
        sodium_hex2bin(bytes_of(key.key_), key.key_.size(), hex.data(), hex.size(), nullptr, &size, nullptr);
    if (failed != 0 || size != key_bytes)
        throw std::invalid_argument("a master key is 64 hexadecimal digits");
    return key;
}

master_key master_key::from_file(const std::string& path, bool create) {
    if (create && ::access(path.c_str(), F_OK) != 0) create_key_file(path);
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail_with_errno(path, "open it");
    std::array<char, 256> text{};
    const ssize_t got = ::read(file, text.data(), text.size());
    const int failure = errno;
    ::close(file);
    errno = failure;
    if (got < 0) fail_with_errno(path, "read it");
    std::string_view hex(text.data(), static_cast<std::size_t>(got));
    while (!hex.empty() && (hex.back() == '\n' || hex.back() == '\r')) hex.remove_suffix(1);
    try {
        return from_hex(hex);
    } catch (const std::invalid_argument& problem) {
        throw std::invalid_argument(fmt::format("{}: {}", path, problem.what()));
    }
}

std::string master_key::seal(std::string_view secret, std::string_view purpose) const {
    ensure_sodium();
    std::string sealed(nonce_bytes + secret.size() + tag_bytes, '\0');
    auto* const nonce = bytes_of(sealed);
    auto* const body = nonce + nonce_bytes;
    randombytes_buf(nonce, nonce_bytes);
    const cipher_context context(EVP_CIPHER_CTX_new());
    int size = 0;
    require(context != nullptr ? 1 : 0);
    require(EVP_EncryptInit_ex2(context.get(), aes_256_gcm(), bytes_of(key_), nonce, nullptr));
    const auto purpose_size = static_cast<int>(purpose.size());
    require(EVP_EncryptUpdate(context.get(), nullptr, &size, bytes_of(purpose), purpose_size));
    require(EVP_EncryptUpdate(context.get(), body, &size, bytes_of(secret), static_cast<int>(secret.size())));
    require(EVP_EncryptFinal_ex(context.get(), body + size, &size));
    auto* const tag = body + secret.size();
    require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, tag));
    return base64url_encode(sealed);
}

result<std::string> master_key::open(std::string_view sealed, std::string_view purpose) const {
    const auto refused = fail(errc::internal, "a stored secret cannot be opened with this master key");
    auto bytes = base64url_decode(sealed);
    if (!bytes || bytes->size() < nonce_bytes + tag_bytes) return refused;
    const auto body_size = static_cast<int>(bytes->size() - nonce_bytes - tag_bytes);
    auto* const nonce = bytes_of(*bytes);
    auto* const body = nonce + nonce_bytes;
    auto* const tag = body + body_size;
    std::string secret(static_cast<std::size_t>(body_size) + 1, '\0');
    const cipher_context context(EVP_CIPHER_CTX_new());
    int size = 0;
    const auto purpose_size = static_cast<int>(purpose.size());
    const bool opened =
        context && EVP_DecryptInit_ex2(context.get(), aes_256_gcm(), bytes_of(key_), nonce, nullptr) == 1 &&
        EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(purpose), purpose_size) == 1 &&
        EVP_DecryptUpdate(context.get(), bytes_of(secret), &size, body, body_size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag) == 1 &&
        EVP_DecryptFinal_ex(context.get(), bytes_of(secret) + size, &size) == 1;
    if (!opened) {
        ERR_clear_error();
        sodium_memzero(secret.data(), secret.size());
        return refused;
    }
    secret.resize(static_cast<std::size_t>(body_size));
    return secret;
}

bool same_secret(std::string_view given, std::string_view expected) {
    return given.size() == expected.size() &&
           sodium_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

std::string master_key::derive(std::string_view purpose, std::string_view text) const {
    ensure_sodium();
    std::string derived(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(std::string_view(key_)), key_.size());
    // With a zero behind it no purpose is the beginning of another.
    const std::string label = std::string(purpose) + '\0';
    crypto_auth_hmacsha256_update(&state, bytes_of(std::string_view(label)), label.size());
    crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
    crypto_auth_hmacsha256_final(&state, bytes_of(derived));
    return derived;
}

}  // namespace esm::security
