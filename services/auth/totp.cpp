// See totp.hpp.
#include "services/auth/totp.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "platform/http/text.hpp"

namespace esm::auth::totp {

namespace {
constexpr std::int64_t step_s = 30;
constexpr std::size_t secret_bytes = 20;
}  // namespace

std::string make_secret() {
    std::string secret(secret_bytes, '\0');
    randombytes_buf(secret.data(), secret.size());
    return secret;
}

std::string base32(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string text;
    std::uint32_t held = 0;
    int bits = 0;
    for (const unsigned char each : bytes) {
        held = (held << 8) | each;
        for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
    }
    if (bits > 0) text += alphabet[(held << (5 - bits)) & 31];
    return text;
}

std::string code(std::string_view secret, std::int64_t step) {
    std::array<unsigned char, 8> counter{};
    for (std::size_t i = 0; i < counter.size(); ++i) {
        counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned int size = 0;
    HMAC(
        EVP_sha1(),
        secret.data(),
        static_cast<int>(secret.size()),
        counter.data(),
        counter.size(),
        mac.data(),
        &size
    );
    // RFC 4226 section 5.3: the last four bits say where the number begins.
    const std::size_t at = mac[size - 1] & 15U;
    const std::uint32_t number = (static_cast<std::uint32_t>(mac[at] & 0x7fU) << 24) |
                                 (static_cast<std::uint32_t>(mac[at + 1]) << 16) |
                                 (static_cast<std::uint32_t>(mac[at + 2]) << 8) | mac[at + 3];
    return fmt::format("{:06}", number % 1'000'000);
}

std::optional<std::int64_t> find_step(
    std::string_view secret, std::string_view given, std::int64_t now_s, std::int64_t last_step
) {
    if (given.size() != 6) return std::nullopt;
    const auto current = now_s / step_s;
    for (const auto step : {current, current - 1, current + 1}) {
        if (step > last_step && sodium_memcmp(code(secret, step).data(), given.data(), 6) == 0) return step;
    }
    return std::nullopt;
}

std::string uri(std::string_view secret, std::string_view account) {
    return fmt::format(
        "otpauth://totp/EventStreamMonitor:{}?secret={}&issuer=EventStreamMonitor",
        http::percent_encode(account),
        base32(secret)
    );
}

}  // namespace esm::auth::totp
