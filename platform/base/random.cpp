// See random.hpp. libsodium's generator is a per-process ChaCha20 stream over getrandom(2): no system call a
// name.
#include "platform/base/random.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm {

std::string random_hex(std::size_t bytes) {
    std::vector<unsigned char> raw(bytes);
    randombytes_buf(raw.data(), raw.size());
    std::string text(bytes * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), raw.data(), raw.size());
    text.pop_back();
    return text;
}

std::string random_base64url(std::size_t bytes) {
    std::vector<unsigned char> raw(bytes);
    randombytes_buf(raw.data(), raw.size());
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_encoded_len(bytes, variant), '\0');
    sodium_bin2base64(text.data(), text.size(), raw.data(), raw.size(), variant);
    text.pop_back();
    return text;
}

std::string process_name() {
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    return fmt::format("{}:{}:{}", host, ::getpid(), random_hex(4));
}

std::string make_uuid() {
    std::array<unsigned char, 10> noise{};
    randombytes_buf(noise.data(), noise.size());
    const auto millis = static_cast<std::uint64_t>(now_us() / 1000) & 0xffff'ffff'ffffULL;
    const auto version = 0x7000U | ((noise[0] & 0x0fU) << 8U) | noise[1];
    const auto variant = 0x8000U | ((noise[2] & 0x3fU) << 8U) | noise[3];
    std::uint64_t tail = 0;
    for (std::size_t i = 4; i < noise.size(); ++i) tail = tail << 8U | noise[i];
    return fmt::format(
        FMT_COMPILE("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}"),
        millis >> 16U,
        millis & 0xffffU,
        version,
        variant,
        tail
    );
}

}  // namespace esm
