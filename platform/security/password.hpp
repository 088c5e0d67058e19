// Passwords: argon2id (RFC 9106) by libsodium, t=2, m=19 MiB, p=1, on a bounded pool. Hash strings carry
// their parameters. Verifying against an unknown user costs the same hash.
#pragma once

#include <string>

#include "platform/async/compute_pool.hpp"
#include "platform/base/result.hpp"

namespace esm::security {

struct verified_password {
    bool matches{false};
    bool outdated{false};  // the hash has weaker parameters than today's: rehash
};

class password_hasher {
public:
    // 33 ms of a core a hash; the pool has as many threads as cores and a queue of 64.
    explicit password_hasher(unsigned threads, std::size_t queue_max = 64);

    // errc::overloaded when the queue is full.
    awaitable<result<std::string>> hash(std::string password);
    // `stored` empty: verifies against a hash of a random password, so that the time tells nothing; never
    // matches.
    awaitable<result<verified_password>> verify(std::string password, std::string stored);

private:
    async::compute_pool pool_;
    std::string decoy_;
};

// errc::weak_password with the reason when zxcvbn's score is below 2; `hints` are the user's own words (name,
// e-mail). Length is the caller's rule.
result<void> check_password_strength(const std::string& password, const std::vector<std::string>& hints);

}  // namespace esm::security
