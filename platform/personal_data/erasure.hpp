// Erases what a service holds on users who are gone. The user's tombstone, an id alone, is written with a
// first batch in the transaction of whoever learns of it; the rest goes in batches of their own, here or in
// another replica, also after a restart. An erasure stays open for a while after nothing was left, so that
// what was being written meanwhile goes too. Migration set "personal_data". Made by a service, lives as long
// as it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/async/runtime.hpp"
#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"

namespace esm::personal_data {

struct erasure_options {
    std::chrono::milliseconds period{10'000};
    // Longer than any transaction that may have begun before the tombstone stood.
    std::chrono::milliseconds open_for{600'000};
};

class erasure {
public:
    // Erases a bounded part of what is held on the user; answers whether more may be left.
    using erase_some = std::function<awaitable<bool>(db::transaction& tx, std::int64_t user_id)>;

    // `service`: for its log lines.
    erasure(
        async::runtime& runtime,
        db::database& target,
        std::string service,
        erase_some erase,
        erasure_options options = {}
    );

    // Within the caller's transaction; the same again changes nothing.
    awaitable<void> begin(db::transaction& tx, std::int64_t user_id);

    void start();  // on shard 0
    awaitable<void> stop();

private:
    awaitable<void> loop();
    awaitable<void> run_all();
    awaitable<std::int64_t> run_next(std::int64_t after);

    async::runtime& runtime_;
    db::database& target_;
    const std::string service_;
    const erase_some erase_;
    const erasure_options options_;
    async::signal work_;
    async::oneshot<bool> ended_;
    std::atomic<bool> stopping_{false};
    bool started_{false};
};

// Those of the users who are gone.
awaitable<std::vector<std::int64_t>> erased_among(db::transaction& tx, std::vector<std::int64_t> user_ids);

}  // namespace esm::personal_data
