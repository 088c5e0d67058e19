// The keys of one issuer, kept fresh by one loop and, for key ids nobody knows, by requests; used by all
// shards. Private to platform/security.
#pragma once

#include <mutex>

#include "platform/async/oneshot.hpp"
#include "platform/security/authenticator.hpp"

namespace esm::security {

class key_source {
public:
    key_source(fetch_keys fetch, std::chrono::steady_clock::duration unknown_key_pause);

    struct snapshot {
        std::uint64_t generation{0};  // grows with each change of the keys; 0: there are none yet
        key_set keys;
    };
    snapshot current() const;
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

    // Fetches, or joins the fetch that is under way. False when no keys came.
    awaitable<bool> refresh();

    // The same for a key id that is not in the keys, at most once in the pause (200 ms while there are none);
    // within it the last outcome stands.
    awaitable<bool> refresh_for_unknown_key();

private:
    std::optional<async::oneshot<bool>> join_or_begin();
    awaitable<bool> fetch_for_all();
    awaitable<bool> fetch();
    bool accept(const std::string& jwks);

    const fetch_keys fetch_;
    const std::chrono::steady_clock::duration unknown_key_pause_;
    std::atomic<std::uint64_t> generation_{0};
    mutable std::mutex mutex_;  // guards all below
    key_set keys_;
    std::string jwks_;
    bool fetching_{false};
    std::vector<async::oneshot<bool>> waiting_;
    std::optional<deadline> unknown_key_quiet_until_;
    bool last_outcome_{false};
};

}  // namespace esm::security
