// The event log of an embedded system: one table in a SQLite file of its own. Publishing wakes the
// subscriptions of this process at once; they read the table besides whenever their patience runs out.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"
#include "platform/events/event_log.hpp"
#include "platform/events/headers.hpp"

namespace esm::events::embedded {

// What the log and its subscriptions share. Outlives both.
class store {
public:
    store(async::runtime& runtime, const std::string& path);

    // Brings the file to its schema, once; throws what the database throws.
    awaitable<void> prepare(deadline until);
    db::database& file() { return *file_; }

    // Subscriptions that wait, by what they read.
    void watch(const void* reader, std::vector<std::string> topics, async::signal wake);
    // A group's topic is read by one subscription at a time, the first that asks.
    bool own(const void* reader, const std::string& group, const std::string& topic);
    // Forgets the reader and lets the next one own its topics.
    void forget(const void* reader);
    void announce(const std::vector<std::string>& topics);

private:
    struct watcher {
        std::vector<std::string> topics;
        async::signal wake;
    };

    std::unique_ptr<db::database> file_;
    std::atomic<bool> prepared_{false};
    std::mutex mutex_;
    std::map<const void*, watcher> watchers_;
    std::map<std::pair<std::string, std::string>, const void*> owners_;
};

class embedded_subscription : public subscription {
public:
    embedded_subscription(std::shared_ptr<store> source, std::string group, std::vector<std::string> topics);
    ~embedded_subscription() override;

    awaitable<std::vector<delivered>> poll(std::size_t max, std::chrono::milliseconds patience) override;
    void stop_waiting() override;
    awaitable<void> commit(const std::vector<delivered>& done) override;
    awaitable<void> rewind(const std::vector<delivered>& undone) override;
    std::int64_t lag() const override { return lag_.load(std::memory_order_relaxed); }

private:
    awaitable<void> load_positions();
    awaitable<std::vector<delivered>> read(std::size_t max);
    awaitable<void> refresh_lag();

    const std::shared_ptr<store> source_;
    const std::string group_;
    const std::vector<std::string> topics_;
    std::map<std::string, std::int64_t> positions_;  // the last position handed out, a topic that we own
    std::map<std::string, std::int64_t> done_;
    asio::any_io_executor wake_executor_;
    std::optional<async::signal> wake_;
    bool patient_{true};
    std::atomic<std::int64_t> lag_{-1};
    deadline lag_due_{};
};

// A row of select_events.
delivered to_delivered(const std::string& topic, const db::row& found);

class embedded_follower : public follower {
public:
    embedded_follower(
        async::runtime& runtime,
        std::shared_ptr<store> source,
        std::vector<std::string> topics,
        instant_us since,
        follow_handler handle
    );
    ~embedded_follower() override;

    bool caught_up() const override;

    struct state;

private:
    std::shared_ptr<state> state_;
};

}  // namespace esm::events::embedded
