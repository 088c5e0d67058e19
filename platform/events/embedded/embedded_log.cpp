// See embedded_log.hpp. Publishing never fails by itself but with its file: then it answers false, as Kafka
// does.
#include "platform/events/embedded/embedded_log.hpp"

#include <array>

#include "platform/db/migrate.hpp"
#include "platform/events/embedded/sql.hpp"
#include "platform/observe/log.hpp"

namespace esm::events {

namespace embedded {

store::store(async::runtime& runtime, const std::string& path)
    : file_(db::open(runtime, {.url = "sqlite:" + path, .application_name = "esm event log"})) {}

awaitable<void> store::prepare(deadline until) {
    if (prepared_.load(std::memory_order_acquire)) co_return;
    const std::array sets{db::migration_set{"event_log", migrations}};
    co_await db::migrate(*file_, sets, until);
    prepared_.store(true, std::memory_order_release);
}

void store::watch(const void* reader, std::vector<std::string> topics, async::signal wake) {
    const std::lock_guard lock(mutex_);
    watchers_.insert_or_assign(reader, watcher{std::move(topics), std::move(wake)});
}

bool store::own(const void* reader, const std::string& group, const std::string& topic) {
    const std::lock_guard lock(mutex_);
    return owners_.try_emplace({group, topic}, reader).first->second == reader;
}

void store::forget(const void* reader) {
    const std::lock_guard lock(mutex_);
    watchers_.erase(reader);
    std::erase_if(owners_, [reader](const auto& each) { return each.second == reader; });
    for (auto& [other, each] : watchers_) each.wake.notify();
}

void store::announce(const std::vector<std::string>& topics) {
    const std::lock_guard lock(mutex_);
    for (auto& [reader, each] : watchers_) {
        const bool reads = std::any_of(topics.begin(), topics.end(), [&](const std::string& topic) {
            return std::find(each.topics.begin(), each.topics.end(), topic) != each.topics.end();
        });
        if (reads) each.wake.notify();
    }
}

}  // namespace embedded

namespace {

using embedded::store;

constexpr auto retention_every = std::chrono::minutes(1);
constexpr int retention_rounds_max = 20;

struct columns {
    db::text_list topics, keys, headers, payloads;
    db::integer_list created_at;

    void add(std::string topic, std::string key, std::string headers_json, std::string payload) {
        topics.push_back(std::move(topic));
        keys.push_back(std::move(key));
        headers.push_back(std::move(headers_json));
        payloads.push_back(std::move(payload));
        created_at.push_back(now_us());
    }
};

awaitable<bool> insert(std::shared_ptr<store> target, columns events, std::chrono::milliseconds patience) {
    auto announced = events.topics;
    std::sort(announced.begin(), announced.end());
    announced.erase(std::unique(announced.begin(), announced.end()), announced.end());
    const auto until = deadline_in(patience);
    try {
        co_await target->prepare(until);
        co_await target->file().transact(until, [&events](db::transaction& tx) -> awaitable<bool> {
            tx.exec_bulk(
                embedded::sql::insert_event,
                {events.topics, events.keys, events.headers, events.payloads, events.created_at}
            );
            co_return true;
        });
    } catch (const std::exception& failure) {
        observe::log(
            observe::level::warn, "events not written to the log", {{"error", std::string(failure.what())}}
        );
        co_return false;
    }
    target->announce(announced);
    co_return true;
}

awaitable<void> delete_old(std::shared_ptr<store> target, std::chrono::hours retention) {
    const auto keep_us = std::chrono::microseconds(retention).count();
    for (int round = 0; round < retention_rounds_max; ++round) {
        const auto until = deadline_in(std::chrono::seconds(10));
        co_await target->prepare(until);
        const auto gone = co_await target->file().query(until, embedded::sql::delete_old, now_us() - keep_us);
        if (gone.affected() == 0) break;
    }
}

// Ends once the log is gone, which the signal tells.
awaitable<void> keep_within_retention(
    std::weak_ptr<store> target, async::signal closed, std::chrono::hours retention
) {
    while (!co_await closed.wait_for(retention_every)) {
        auto shared = target.lock();
        if (!shared) co_return;
        try {
            co_await delete_old(std::move(shared), retention);
        } catch (const std::exception& failure) {
            observe::log(
                observe::level::warn, "old events not deleted", {{"error", std::string(failure.what())}}
            );
        }
    }
}

class embedded_log : public event_log {
public:
    embedded_log(async::runtime& runtime, const std::string& path, std::chrono::hours retention)
        : runtime_(runtime), store_(std::make_shared<store>(runtime, path)), closed_(runtime.executor(0)) {
        runtime.spawn(0, "event log retention", keep_within_retention(store_, closed_, retention));
    }
    ~embedded_log() override { closed_.notify(); }

    awaitable<std::vector<bool>> publish(std::vector<event> batch, std::chrono::milliseconds patience)
        override {
        if (batch.empty()) co_return std::vector<bool>{};
        columns rows;
        for (auto& each : batch) {
            auto headers = encode_headers(to_headers(each));
            rows.add(std::move(each.topic), std::move(each.key), std::move(headers), std::move(each.data));
        }
        const bool written = co_await insert(store_, std::move(rows), patience);
        co_return std::vector<bool>(batch.size(), written);
    }

    awaitable<bool> publish_raw(
        std::string topic,
        std::string key,
        std::string headers_json,
        std::string value,
        std::chrono::milliseconds patience
    ) override {
        columns rows;
        rows.add(
            std::move(topic), std::move(key), encode_headers(decode_headers(headers_json)), std::move(value)
        );
        return insert(store_, std::move(rows), patience);
    }

    std::unique_ptr<subscription> subscribe(std::string group, std::vector<std::string> topics) override {
        return std::make_unique<embedded::embedded_subscription>(store_, std::move(group), std::move(topics));
    }

    std::unique_ptr<follower> follow(std::vector<std::string> topics, instant_us since, follow_handler handle)
        override {
        return std::make_unique<embedded::embedded_follower>(
            runtime_, store_, std::move(topics), since, std::move(handle)
        );
    }

    awaitable<bool> is_ready(deadline until) noexcept override { return store_->file().is_ready(until); }

    // A topic is a value in a column: there is nothing to create.
    void ensure_topics(std::vector<std::string>, int) override {}

private:
    async::runtime& runtime_;
    std::shared_ptr<store> store_;
    async::signal closed_;
};

}  // namespace

std::unique_ptr<event_log> open_embedded(
    async::runtime& runtime, std::string path, std::chrono::hours retention
) {
    return std::make_unique<embedded_log>(runtime, path, retention);
}

}  // namespace esm::events
