// See password.hpp. Strength is zxcvbn's estimate; password_strength.cpp asks it.
#include "platform/security/password.hpp"

#include <array>
#include <cstdio>

#include "platform/security/sodium.hpp"

namespace esm::security {

namespace {

constexpr unsigned long long operations = 2;
constexpr std::size_t memory_kib = 19 * 1024;

std::string make_hash(const std::string& password) {
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const int failed = crypto_pwhash_str_alg(
        text.data(),
        password.data(),
        password.size(),
        operations,
        memory_kib * 1024,
        crypto_pwhash_ALG_ARGON2ID13
    );
    if (failed != 0) throw std::bad_alloc();  // the only way it fails with these parameters
    return text.data();
}

bool is_outdated(const std::string& stored) {
    unsigned long memory = 0, passes = 0;
    if (std::sscanf(stored.c_str(), "$argon2id$v=19$m=%lu,t=%lu,", &memory, &passes) != 2) return true;
    return memory < memory_kib || passes < operations;
}

std::string base64_of_noise(std::size_t bytes) {
    std::string noise(bytes, '\0');
    randombytes_buf(noise.data(), noise.size());
    constexpr int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes, variant), '\0');
    const auto* raw = reinterpret_cast<const unsigned char*>(noise.data());
    sodium_bin2base64(text.data(), text.size(), raw, bytes, variant);
    text.pop_back();
    return text;
}

// A hash string that no known password has, of today's cost, made without paying it.
std::string make_decoy() {
    return "$argon2id$v=19$m=" + std::to_string(memory_kib) + ",t=" + std::to_string(operations) + ",p=1$" +
           base64_of_noise(16) + '$' + base64_of_noise(32);
}

// Overwrites a password when its work is done, so that it does not linger in freed memory.
struct wiped_password {
    explicit wiped_password(std::string password) : text(std::move(password)) {}
    wiped_password(wiped_password&&) = default;
    wiped_password(const wiped_password&) = default;
    ~wiped_password() { sodium_memzero(text.data(), text.size()); }
    std::string text;
};

}  // namespace

password_hasher::password_hasher(unsigned threads, std::size_t queue_max)
    : pool_("password", threads, queue_max) {
    ensure_sodium();
    decoy_ = make_decoy();
}

awaitable<result<std::string>> password_hasher::hash(std::string password) {
    co_return co_await pool_.run([held = wiped_password(std::move(password))] { return make_hash(held.text); }
    );
}

awaitable<result<verified_password>> password_hasher::verify(std::string password, std::string stored) {
    const bool known = !stored.empty();
    if (!known) stored = decoy_;
    auto work = [held = wiped_password(std::move(password)), stored = std::move(stored), known] {
        const auto& text = held.text;
        const bool matches = crypto_pwhash_str_verify(stored.c_str(), text.data(), text.size()) == 0;
        return verified_password{known && matches, known && matches && is_outdated(stored)};
    };
    co_return co_await pool_.run(std::move(work));
}

}  // namespace esm::security
