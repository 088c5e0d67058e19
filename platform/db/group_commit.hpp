// Group commit: the writes that come while one transaction is in flight go together into the next one. Idle,
// the first goes at once: there is no timer. A batch that fails is retried item by item, so that one bad row
// never fails its neighbours. One instance a service and kind of write; each shard has its own lane, nothing
// is shared between them.
#pragma once

#include <functional>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/db/batch_lanes.hpp"
#include "platform/db/database.hpp"

namespace esm::db {

// Item is moved in, and copied for each attempt to write it; `flush` writes all items in the given
// transaction and answers one Answer an item, in order. It may take the items apart.
template <class Item, class Answer>
class group_commit {
public:
    using flush_function =
        std::function<awaitable<std::vector<Answer>>(transaction& tx, std::vector<Item>& items)>;

    group_commit(
        async::runtime& runtime, database& target, flush_function flush, group_commit_options options
    )
        : target_(target),
          flush_(std::move(flush)),
          lanes_(runtime, options, [this](const batch& waiters) { return write(waiters); }) {}

    group_commit(const group_commit&) = delete;
    group_commit& operator=(const group_commit&) = delete;

    // Answers after the commit of the batch that held the item. Throws what the database throws;
    // errc::overloaded when the lane is full; errc::deadline_exceeded when `until` passed before the item's
    // batch began.
    awaitable<result<Answer>> submit(Item item, deadline until) {
        waiter me{{until, {}, {}, false}, std::move(item), std::nullopt};
        auto done = co_await lanes_.submit(me);
        if (!done) co_return done.error();
        co_return std::move(*me.answer);
    }

private:
    struct waiter : batch_waiter {
        Item item;
        std::optional<Answer> answer;
    };
    using batch = std::vector<waiter*>;

    awaitable<void> write(const batch& waiters) {
        bool one_by_one = false;
        try {
            const auto flush_copies = [&](transaction& tx) { return flush(tx, waiters); };
            auto answers = co_await target_.transact(latest_deadline(waiters), flush_copies);
            for (std::size_t i = 0; i < waiters.size(); ++i) {
                waiters[i]->answer.emplace(std::move(answers[i]));
                waiters[i]->done.set();
            }
        } catch (const query_failed&) {
            one_by_one = waiters.size() > 1;
            if (!one_by_one) fail_all(waiters, std::current_exception());
        } catch (...) {
            fail_all(waiters, std::current_exception());
        }
        if (!one_by_one) co_return;
        for (auto* each : waiters) {
            const batch single{each};
            co_await write(single);
        }
    }

    awaitable<std::vector<Answer>> flush(transaction& tx, const batch& waiters) {
        std::vector<Item> items;
        items.reserve(waiters.size());
        for (const auto* each : waiters) items.push_back(each->item);
        auto answers = co_await flush_(tx, items);
        if (answers.size() != waiters.size()) throw std::logic_error("a flush answers once an item");
        co_return answers;
    }

    database& target_;
    const flush_function flush_;
    batch_lanes<waiter> lanes_;
};

// The same for reads by key: concurrent lookups become one statement (`= ANY($1)`). Key is ordered by <.
template <class Key, class Found>
class group_read {
public:
    // Answers the found ones in any order, each with its key. A key that several wait for is asked for once.
    using read_function =
        std::function<awaitable<std::vector<std::pair<Key, Found>>>(deadline until, std::vector<Key> keys)>;

    group_read(async::runtime& runtime, read_function read, group_commit_options options)
        : read_(std::move(read)),
          lanes_(runtime, options, [this](const batch& waiters) { return look_up(waiters); }) {}

    group_read(const group_read&) = delete;
    group_read& operator=(const group_read&) = delete;

    // Refuses and throws as group_commit::submit does; nullopt when there is none.
    awaitable<result<std::optional<Found>>> get(Key key, deadline until) {
        waiter me{{until, {}, {}, false}, std::move(key), std::nullopt};
        auto done = co_await lanes_.submit(me);
        if (!done) co_return done.error();
        co_return std::move(me.found);
    }

private:
    struct waiter : batch_waiter {
        Key key;
        std::optional<Found> found;
    };
    using batch = std::vector<waiter*>;

    awaitable<void> look_up(const batch& waiters) {
        bool one_by_one = false;
        try {
            batch sorted = waiters;
            std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key < b->key; });
            hand_out(sorted, co_await read_(latest_deadline(waiters), distinct_keys(sorted)));
            for (auto* each : waiters) each->done.set();
        } catch (const query_failed&) {
            one_by_one = waiters.size() > 1;
            if (!one_by_one) fail_all(waiters, std::current_exception());
        } catch (...) {
            fail_all(waiters, std::current_exception());
        }
        if (!one_by_one) co_return;
        for (auto* each : waiters) {
            const batch single{each};
            co_await look_up(single);
        }
    }

    static std::vector<Key> distinct_keys(const batch& sorted) {
        std::vector<Key> keys;
        keys.reserve(sorted.size());
        for (const auto* each : sorted) {
            if (keys.empty() || keys.back() < each->key) keys.push_back(each->key);
        }
        return keys;
    }

    static void hand_out(const batch& sorted, std::vector<std::pair<Key, Found>> found) {
        for (auto& [key, value] : found) {
            const auto before = [](const waiter* one, const Key& wanted) { return one->key < wanted; };
            auto at = std::lower_bound(sorted.begin(), sorted.end(), key, before);
            for (; at != sorted.end() && !(key < (*at)->key); ++at) (*at)->found = value;
        }
    }

    const read_function read_;
    batch_lanes<waiter> lanes_;
};

}  // namespace esm::db
