// Work that exactly one worker holds at a time (task_engine.md): two narrow tables, lease_ready (claimable)
// and lease_held (with a fencing token that grows by one at every claim). The database's clock alone decides
// who holds what. Migration set "lease". Shared by task execution and notification delivery.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/clock.hpp"
#include "platform/db/transaction.hpp"

namespace esm::lease {

struct work {
    std::int64_t id{0};
    std::string queue;         // "default", "email"
    std::int32_t priority{1};  // larger first
    instant_us run_at{0};      // 0: at once
};

struct held {
    std::int64_t id{0};
    std::int64_t token{0};  // also the number of the attempt: the first claim has 1
    std::string queue;
    std::int32_t priority{1};  // as it was queued
};

enum class pulse : std::uint8_t { ok, cancel, lost };

enum class cancel_outcome : std::uint8_t {
    removed,    // it was waiting and is gone: the caller ends it
    requested,  // it runs: its worker sees pulse::cancel at the next heartbeat
    absent      // neither waiting nor held
};

// Makes work claimable, in the caller's transaction.
void enqueue(db::transaction& tx, std::vector<work> items);

// Takes up to `limit` due items of the queues, best priority first, oldest run_at first. Other claimers are
// never waited for.
awaitable<std::vector<held>> claim(
    db::transaction& tx,
    std::vector<std::string> queues,
    std::size_t limit,
    std::chrono::milliseconds duration,
    std::string owner
);

// Prolongs leases; answers one pulse an item, in order.
awaitable<std::vector<pulse>> heartbeat(
    db::transaction& tx, std::vector<held> items, std::chrono::milliseconds duration
);

// Ends leases; answers for each whether the token still held. Where it did not, the caller must change
// nothing.
awaitable<std::vector<bool>> complete(db::transaction& tx, std::vector<held> items);

// Gives a lease back, claimable again after `delay`. False when the token did not hold.
awaitable<bool> release(
    db::transaction& tx, held item, std::int32_t priority, std::chrono::milliseconds delay
);

awaitable<cancel_outcome> cancel(db::transaction& tx, std::int64_t id);

// Takes work away whether it waits or is held: who holds it hears pulse::lost, and its outcome changes
// nothing.
void drop(db::transaction& tx, const std::vector<std::int64_t>& ids);

// Makes expired leases claimable again; answers their ids and old tokens.
awaitable<std::vector<held>> rescue(db::transaction& tx, std::size_t limit);

}  // namespace esm::lease
