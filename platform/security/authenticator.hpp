// Verifies bearer tokens on the spot: keys from the auth service's JWKS, verified tokens cached until they
// expire (ES256 costs 0.12 ms a verification), revocations asked each time. API keys are the auth
// service's to know. One instance a process.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/security/jwt.hpp"
#include "platform/security/revocations.hpp"

namespace esm::security {

// Fetches the current JWKS text; errc::unavailable when the auth service is away.
using fetch_keys = std::function<awaitable<result<std::string>>()>;

// Who holds an opaque token (an API key): errc::invalid_token, errc::unavailable.
using find_holder = std::function<awaitable<result<principal>>(std::string_view token)>;

// What an API key begins with; the auth service knows the rest.
inline constexpr std::string_view api_key_prefix = "esm_pat_";

struct authenticator_options {
    std::string issuer;
    std::string audience;
    std::chrono::seconds refresh_every{300};
    std::chrono::seconds unknown_key_pause{5};  // at most one fetch in this time for key ids nobody knows
    std::size_t cache_max{32'768};              // verified tokens
    std::chrono::seconds holder_for{60};        // how long an answer about an API key is good
};

class authenticator {
public:
    // `revoked` must outlive it; without `find` no API key is accepted.
    authenticator(
        async::runtime& runtime,
        authenticator_options options,
        fetch_keys fetch,
        const revocations& revoked,
        find_holder find = {}
    );
    ~authenticator();

    // Begins fetching keys in the background, again and again until they are there.
    void start(unsigned shard);
    awaitable<void> stop();
    bool has_keys() const;

    // The header's value "Bearer …". errc::unauthenticated without one, errc::invalid_token,
    // errc::unavailable while no keys can be had.
    awaitable<result<principal>> authenticate(std::string_view authorization);
    awaitable<result<principal>> verify(std::string_view token);

    // Who holds a token that was verified before and still is good: at once, on any thread. nullptr: ask
    // verify().
    std::shared_ptr<const principal> known(std::string_view token) const;
    std::shared_ptr<const principal> known_bearer(std::string_view authorization) const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Fetches `urls` in turn by libcurl on a pool thread, 2 s each.
fetch_keys fetch_over_http(std::vector<std::string> urls);

}  // namespace esm::security
