// See digest.hpp.
#include "platform/files/digest.hpp"

#include <array>
#include <cstring>
#include <type_traits>

namespace esm::files {

namespace {

// libsodium declares the state in its header, a plain struct: a part of its binary interface.
static_assert(std::is_trivially_copyable_v<crypto_hash_sha256_state>);

std::string to_hex(const void* bytes, std::size_t count) {
    std::string text(count * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), static_cast<const unsigned char*>(bytes), count);
    text.pop_back();
    return text;
}

}  // namespace

running_digest::running_digest() {
    crypto_hash_sha256_init(&state_);
}

std::optional<running_digest> running_digest::restore(std::string_view state) {
    running_digest made;
    if (state.size() != sizeof made.state_ * 2) return std::nullopt;
    std::array<unsigned char, sizeof(crypto_hash_sha256_state)> bytes{};
    std::size_t count = 0;
    const int failed =
        sodium_hex2bin(bytes.data(), bytes.size(), state.data(), state.size(), nullptr, &count, nullptr);
    if (failed != 0 || count != bytes.size()) return std::nullopt;
    std::memcpy(&made.state_, bytes.data(), bytes.size());
    return made;
}

void running_digest::update(std::string_view bytes) {
    crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string running_digest::hex() const {
    auto copy = state_;
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256_final(&copy, hash.data());
    return to_hex(hash.data(), hash.size());
}

std::string running_digest::state() const {
    return to_hex(&state_, sizeof state_);
}

}  // namespace esm::files
