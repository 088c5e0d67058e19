// One open stream of an inbox: where it stands, what it has been told and what it is to be told next. Filled
// by inbox_watch, emptied by the one coroutine that waits here. What there is no room for waits in the
// database.
#pragma once

#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "platform/async/signal.hpp"
#include "services/notifications/inbox/inbox_store.hpp"

namespace esm::notifications {

struct inbox_news {
    notification what;
    bool is_new{false};  // else its read state has changed
};

class inbox_watcher {
public:
    // A slow reader costs so many notifications of at most some kilobytes.
    static constexpr std::size_t untold_max = 8;
    // Within this a commit, and the clocks of replicas, may be late.
    static constexpr instant_us late_us = 10'000'000;

    // The waiting coroutine must run on `on`. `make_room` is called from next() once what was waiting for
    // room can be told.
    inbox_watcher(
        const asio::any_io_executor& on,
        std::int64_t user_id,
        inbox_store::place begins_at,
        std::function<void()> make_room
    )
        : user_id_(user_id), make_room_(std::move(make_room)), wake_(on), reached_(begins_at) {}

    // What is new, in order; nothing once `patience` has run out or somebody interrupted.
    awaitable<std::vector<inbox_news>> next(std::chrono::milliseconds patience);
    // Any thread.
    void interrupt() { wake_.notify(); }

    std::int64_t user_id() const { return user_id_; }

    // From here on for inbox_watch alone: before the watcher is registered, then from the hub's coroutine.
    bool has_room() const;
    inbox_store::question asks() const { return {user_id_, reached_}; }
    // These were there before, and are no news.
    void know(const std::vector<inbox_store::entry>& found);
    // `full`: there may be more behind what was found.
    void hear(std::vector<inbox_store::entry> found, bool full, instant_us now);

private:
    struct known_entry {
        std::int64_t version{0};
        inbox_store::place at;
    };

    std::vector<inbox_news> take();
    bool tell(inbox_news what);
    void move_on(inbox_store::place heard_up_to, bool all, bool full, instant_us now);

    const std::int64_t user_id_;
    const std::function<void()> make_room_;
    async::signal wake_;
    // All up to here was told. It stays behind the clock, since a late commit stands before what was told.
    inbox_store::place reached_;
    std::unordered_map<std::int64_t, known_entry> known_;  // told of those behind `reached_`

    mutable std::mutex mutex_;
    std::vector<inbox_news> untold_;
    bool was_full_{false};
};

}  // namespace esm::notifications
