// The signing keys: made at the first start, sealed in the database, held in memory as one immutable snapshot
// that is read again each second, so that replicas learn of each other's keys. A key is published before it
// signs, retired when the next one does, and removed when its last token has expired.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/security/jwt.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/config.hpp"

namespace esm::auth {

struct rotation {
    std::string key_id;
    instant_us activates_at{0};
};

class key_ring {
public:
    key_ring(
        async::runtime& runtime,
        db::database& database,
        const outbox::outbox& outbox,
        const security::master_key& master,
        const config& settings
    );

    // Loads in the background, with backoff while the database is away.
    void start(unsigned shard);
    void stop();
    bool is_ready() const { return snapshot_.load() != nullptr; }

    // errc::unavailable before the first load.
    result<std::string> sign(const security::access_claims& claims) const;
    result<std::string> jwks() const;

    // Publishes a new key, which signs after auth.key_activation_delay. errc::conflict while another one
    // waits.
    awaitable<result<rotation>> rotate(const context& ctx, db::transaction& tx);

    // Moves the keys on where it is time, reads them, and makes the first one where there is none. Throws
    // what the database throws, and std::runtime_error when the master key does not open them.
    awaitable<void> load();

private:
    struct snapshot {
        security::signing_key active;
        std::string jwks;
        bool waiting;  // a key is to become active or to be removed
    };

    awaitable<void> keep_loaded();
    awaitable<void> make_first();
    awaitable<void> move_on();

    async::runtime& runtime_;
    db::database& database_;
    const outbox::outbox& outbox_;
    const security::master_key& master_;
    const config& settings_;
    std::atomic<std::shared_ptr<const snapshot>> snapshot_;
    std::atomic<bool> stopping_{false};
    std::unique_ptr<async::signal> wake_;
};

}  // namespace esm::auth
