// The signing keys: made at the first start, sealed in the database, held in memory as one immutable snapshot
// that is read again every 30 s, so that replicas learn of each other's keys.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"
#include "platform/security/jwt.hpp"
#include "platform/security/sealed.hpp"

namespace esm::auth {

class key_ring {
public:
    key_ring(async::runtime& runtime, db::database& database, const security::master_key& master);

    // Loads in the background, with backoff while the database is away.
    void start(unsigned shard);
    void stop();
    bool is_ready() const { return snapshot_.load() != nullptr; }

    // errc::unavailable before the first load.
    result<std::string> sign(const security::access_claims& claims) const;
    result<std::string> jwks() const;

    // Reads the keys, and makes the first one where there is none. Throws what the database throws, and
    // std::runtime_error when the master key does not open them.
    awaitable<void> load();

private:
    struct snapshot {
        security::signing_key active;
        std::string jwks;
    };

    awaitable<void> keep_loaded();

    async::runtime& runtime_;
    db::database& database_;
    const security::master_key& master_;
    std::atomic<std::shared_ptr<const snapshot>> snapshot_;
    std::atomic<bool> stopping_{false};
    std::unique_ptr<async::signal> wake_;
};

}  // namespace esm::auth
