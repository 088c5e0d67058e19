// Work that exactly one worker holds at a time (task_engine.md): two narrow tables, lease_ready (waiting) and
// lease_held (with a fencing token that grows by one at every claim). The database's clock alone decides who
// holds what. Migration set "lease". Shared by task execution and notification delivery.
//
// A pool is what its workers can do; within it, work stands in lanes, one for each queue and tenant, which
// take turns (worker.hpp). Within a lane the order is run_at, ten minutes earlier for each step of priority:
// so the urgent goes first, and nothing waits forever.
#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/clock.hpp"
#include "platform/db/database.hpp"

namespace esm::lease {

struct work {
    std::int64_t id{0};
    std::string pool;  // "builtin", "email"
    std::int32_t priority{1};
    instant_us run_at{0};  // 0: at once
    std::string queue{"default"};
    std::int64_t tenant{0};
    // At most `concurrency_limit` items with this key are claimable or held at once; unset: any number.
    std::optional<std::string> concurrency_key{};
    std::int32_t concurrency_limit{1};
};

struct held {
    std::int64_t id{0};
    std::int64_t token{0};  // also the number of the attempt: the first claim has 1
    std::string pool;
    std::string queue;
    std::int64_t tenant{0};
    std::int32_t priority{1};
    instant_us claimed_at{0};  // the database's clock
    bool cancel_requested{false};
};

struct lane {
    std::string queue;
    std::int64_t tenant{0};
    bool limited{false};  // its queue has a concurrency or a rate
    // Where its first item stands; claims look from here on.
    std::int64_t rank{std::numeric_limits<std::int64_t>::min()};
    std::int64_t wanted{0};  // how many a claim takes of it
};

// The generic cell rate algorithm (ITU-T I.371): `next_at` moves one interval for each item that begins.
struct queue_rate {
    std::string queue;
    std::int64_t interval_us{0}, next_at{0}, now{0};
};

struct claimed {
    std::vector<held> items;
    std::vector<std::int64_t> ranks;   // of the items, in their order
    std::optional<queue_rate> rate{};  // of their queue, where it has one: to be spent
};

enum class pulse : std::uint8_t {
    ok,
    cancel,
    lost,
    busy  // it holds, but somebody else has its lease locked: nothing was written
};

// What a hold was, as it ends.
struct ended {
    instant_us claimed_at{0};
    instant_us ended_at{0};  // both the database's clock
    std::int64_t progress{0};
    std::int64_t changes{0};  // visible ones, while it was held
    bool cancel_requested{false};
    std::string owner;
};

struct rescued {
    held item;
    ended hold;
};

enum class cancel_outcome : std::uint8_t {
    removed,    // it was waiting and is gone: the caller ends it
    requested,  // it runs: its worker sees pulse::cancel at the next heartbeat
    absent      // neither waiting nor held
};

// Makes work claimable, now or when it is due, in the caller's transaction.
void enqueue(db::transaction& tx, std::vector<work> items);

// Up to `limit` lanes of the pool with claimable work, of queues that are not paused; in each queue from the
// tenant behind `after_tenant` on.
awaitable<std::vector<lane>> survey(
    db::database& source,
    const std::string& pool,
    std::int64_t after_tenant,
    std::size_t limit,
    deadline until
);

// Takes `wanted` items of each lane, first rank first. Other claimers are never waited for. Lanes of limited
// queues are passed by unless `limits_locked`.
awaitable<claimed> claim(
    db::transaction& tx,
    const std::string& pool,
    const std::vector<lane>& lanes,
    std::chrono::milliseconds duration,
    const std::string& owner,
    bool limits_locked = false
);

// The same for lanes of one queue that has limits: takes what these allow now, and keeps other claimers of
// the queue out until the transaction ends. spend_rate is to hear how many of them begin.
awaitable<claimed> claim_limited(
    db::transaction& tx,
    const std::string& pool,
    std::vector<lane> lanes,
    std::chrono::milliseconds duration,
    const std::string& owner
);

void spend_rate(db::transaction& tx, const queue_rate& rate, std::size_t begun);

// Undoes a claim of this transaction for some of its items: they are as if nobody had taken them. One rank
// (claimed::ranks) an item.
void put_back(db::transaction& tx, const std::vector<held>& items, std::vector<std::int64_t> ranks);

// Prolongs leases; `progress` has one value an item, -1 where it has not changed. Answers one pulse an item,
// in order.
awaitable<std::vector<pulse>> heartbeat(
    db::transaction& tx,
    std::vector<held> items,
    std::vector<std::int64_t> progress,
    std::chrono::milliseconds duration
);

// The same without prolonging anything.
awaitable<std::vector<pulse>> look(db::database& source, std::vector<held> items, deadline until);

// Ends leases; answers for each what it was, or nothing where the token did not hold any more: then the
// caller must change nothing. The places of their concurrency keys are granted to others at once, or `freed`
// collects the keys for one grant_places of the caller's: two transactions that lock keys in several goes may
// wait for each other.
awaitable<std::vector<std::optional<ended>>> complete(
    db::transaction& tx, std::vector<held> items, db::text_list* freed = nullptr
);

// What a service's own statement answers that ends leases as complete.sql does, in its columns: one answer an
// item, in order.
std::vector<std::optional<ended>> read_ended(
    const std::vector<held>& items, const db::rows& found, db::text_list& freed
);

// Gives leases back, each claimable again after its delay. Answers as complete does.
awaitable<std::vector<std::optional<ended>>> release(
    db::transaction& tx,
    std::vector<held> items,
    std::vector<std::chrono::milliseconds> delays,
    db::text_list* freed = nullptr
);

awaitable<cancel_outcome> cancel(db::transaction& tx, std::int64_t id);

// Takes work away whether it waits or is held: who holds it hears pulse::lost, and its outcome changes
// nothing.
awaitable<void> drop(db::transaction& tx, std::vector<std::int64_t> ids);

// Makes expired leases claimable again.
awaitable<std::vector<rescued>> rescue(db::transaction& tx, std::size_t limit);

// Makes deferred work that is due claimable; answers its ids.
awaitable<std::vector<std::int64_t>> promote(db::transaction& tx, std::size_t limit);

// How long until the next deferred work is due; nothing where none is.
awaitable<std::optional<std::chrono::microseconds>> next_due(db::database& source, deadline until);

}  // namespace esm::lease
