// Tells open streams what happens in inboxes: at once what this process changed, and what other replicas did
// when they say so (NOTIFY) or at the next poll, one look at the database for all streams. Made by the
// service, lives as long as it. A stream whose client reads slowly costs its place and a few notifications.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "platform/async/runtime.hpp"
#include "platform/observe/metrics.hpp"
#include "services/notifications/inbox/inbox_watcher.hpp"

namespace esm::notifications {

struct inbox_watch_options {
    std::size_t watchers_max{1'000};      // as many as the server lets stream, less some for others
    std::size_t a_user_max{10};           // tabs and devices of one user
    std::size_t entries_a_look_max{200};  // of one watcher
    std::chrono::milliseconds poll{500};
};

class inbox_watch {
    struct state;

public:
    // Registered until it is destroyed; outlives the hub without harm.
    class handle {
    public:
        handle(std::shared_ptr<state> of, std::shared_ptr<inbox_watcher> watched);
        handle(handle&&) noexcept = default;
        handle& operator=(handle&&) = delete;
        ~handle();
        inbox_watcher* operator->() const { return watcher_.get(); }

    private:
        std::shared_ptr<state> of_;
        std::shared_ptr<inbox_watcher> watcher_;
    };

    inbox_watch(
        async::runtime& runtime,
        db::database& source,
        observe::metrics& metrics,
        inbox_watch_options options = {}
    );

    void start(unsigned shard);
    awaitable<void> stop();

    // What this process has committed: the user's streams are told without waiting for the poll, and the
    // other replicas too. Any thread.
    void changed(std::int64_t user_id);

    // To be awaited on the coroutine that will wait for the news. errc::overloaded beyond watchers_max,
    // errc::rate_limited beyond the user's share. Tells of what comes, and first of all that was shown behind
    // `last_seen`.
    awaitable<result<handle>> watch(
        std::int64_t user_id, std::optional<std::int64_t> last_seen, deadline until
    );

private:
    std::shared_ptr<state> state_;
};

}  // namespace esm::notifications
