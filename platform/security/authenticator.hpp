// Verifies bearer tokens on the spot: keys from the auth service's JWKS, verified tokens cached a shard until
// they expire (ES256 costs 0.12 ms a verification). One instance a process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/security/jwt.hpp"

namespace esm::security {

// Fetches the current JWKS text; errc::unavailable when the auth service is away.
using fetch_keys = std::function<awaitable<result<std::string>>()>;

struct authenticator_options {
    std::string issuer;
    std::string audience;
    std::chrono::seconds refresh_every{300};
    std::chrono::seconds unknown_key_pause{5};  // at most one fetch in this time for key ids nobody knows
    std::size_t cache_max{16'384};              // verified tokens, a shard
};

class authenticator {
public:
    authenticator(async::runtime& runtime, authenticator_options options, fetch_keys fetch);
    ~authenticator();

    // Begins fetching keys in the background, again and again until they are there.
    void start(unsigned shard);
    awaitable<void> stop();
    bool has_keys() const;

    // The header's value "Bearer …". errc::unauthenticated without one, errc::invalid_token,
    // errc::unavailable before the first keys came.
    awaitable<result<principal>> authenticate(std::string_view authorization);
    awaitable<result<principal>> verify(std::string_view token);

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Fetches `urls` in turn by libcurl on a pool thread, 2 s each.
fetch_keys fetch_over_http(std::vector<std::string> urls);

}  // namespace esm::security
