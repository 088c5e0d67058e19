// Group commit: the writes that come while one transaction is in flight go together into the next one. Idle, the first
// goes at once: there is no timer. A batch that fails is retried item by item, so that one bad row never fails its
// neighbours. One instance a service and kind of write; each shard has its own lane, nothing is shared between them.
#pragma once

#include <functional>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"

namespace esm::db {

struct group_commit_options {
    std::size_t batch_max{500};
    std::size_t queue_max{4096};  // items that may wait on a shard; more are refused with errc::overloaded
    unsigned batches_in_flight_max{1};  // a shard
};

// Item is moved in; `flush` writes all items in the given transaction and answers one Answer an item, in order.
template <class Item, class Answer>
class group_commit {
public:
    using flush_function =
        std::function<awaitable<std::vector<Answer>>(transaction& tx, std::vector<Item>& items)>;

    group_commit(async::runtime& runtime, database& target, flush_function flush, group_commit_options options);

    // Answers after the commit of the batch that held the item. Throws what the database throws; errc::overloaded when
    // the lane is full; errc::deadline_exceeded when `until` passed before the item's batch began.
    awaitable<result<Answer>> submit(Item item, deadline until);
};

// The same for reads by key: concurrent lookups become one statement (`= ANY($1)`).
template <class Key, class Found>
class group_read {
public:
    // Answers the found ones in any order, each with its key.
    using read_function =
        std::function<awaitable<std::vector<std::pair<Key, Found>>>(deadline until, std::vector<Key> keys)>;

    group_read(async::runtime& runtime, read_function read, group_commit_options options);

    awaitable<result<std::optional<Found>>> get(Key key, deadline until);
};

}  // namespace esm::db
