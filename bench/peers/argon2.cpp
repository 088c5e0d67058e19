// The limit of logins: libsodium's argon2id with the parameters of platform/security/password.cpp and nothing
// around it. `bench_argon2 THREADS SECONDS` prints the hashes a second of all threads.
#include <sodium.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr unsigned long long operations = 2;
constexpr std::size_t memory_bytes = 19 * 1024 * 1024;
constexpr std::string_view password = "correct-horse-battery-staple";

// Hashes a second of the calling thread; its last hash ends after `until`.
double hash_until(clock_type::time_point until) {
    std::array<unsigned char, 32> hash{};
    std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
    randombytes_buf(salt.data(), salt.size());
    const auto begun = clock_type::now();
    auto now = begun;
    int hashes = 0;
    for (; now < until; ++hashes) {
        const int failed = crypto_pwhash(
            hash.data(),
            hash.size(),
            password.data(),
            password.size(),
            salt.data(),
            operations,
            memory_bytes,
            crypto_pwhash_ALG_ARGON2ID13
        );
        if (failed != 0) return 0;
        now = clock_type::now();
    }
    return hashes / std::chrono::duration<double>(now - begun).count();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3 || sodium_init() < 0) {
        std::fputs("usage: bench_argon2 THREADS SECONDS\n", stderr);
        return 2;
    }
    std::vector<double> rates(std::stoul(arguments[1]));
    const auto until = clock_type::now() + std::chrono::seconds(std::stol(arguments[2]));
    std::vector<std::thread> threads;
    for (auto& rate : rates) threads.emplace_back([&rate, until] { rate = hash_until(until); });
    for (auto& thread : threads) thread.join();
    std::printf("%.3f\n", std::accumulate(rates.begin(), rates.end(), 0.0));
    return 0;
}
