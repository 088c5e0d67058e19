// What the demo sees of the event streams; see demo_steps.hpp.
#include "app/demo_steps.hpp"
#include "platform/base/random.hpp"

namespace esm::app {

struct event_collector::state {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<events::event> seen;
    std::atomic<bool> stopping{false};
    bool ended{false};
    std::unique_ptr<events::subscription> source;

    bool has(const std::string& type, const std::string& key, const std::string& correlation_id) const {
        return std::any_of(seen.begin(), seen.end(), [&](const events::event& each) {
            return each.type == type && (key.empty() || each.key == key) &&
                   each.correlation_id == correlation_id;
        });
    }
};

namespace {

constexpr auto poll_patience = std::chrono::milliseconds(200);

}  // namespace

event_collector::event_collector(async::runtime& runtime, events::event_log& log)
    : state_(std::make_shared<state>()) {
    state_->source = log.subscribe(
        "esm-demo-" + random_hex(4),
        {"user-registration-events", "auth-events", "task-processing-events", "notification-events"}
    );
    const auto collect = [](std::shared_ptr<state> shared) -> awaitable<void> {
        while (!shared->stopping) {
            auto batch = co_await shared->source->poll(500, poll_patience);
            const std::lock_guard lock(shared->mutex);
            for (auto& each : batch) shared->seen.push_back(std::move(each.value));
            shared->changed.notify_all();
        }
        const std::lock_guard lock(shared->mutex);
        shared->source.reset();
        shared->ended = true;
        shared->changed.notify_all();
    };
    runtime.spawn(0, "demo events", collect(state_));
}

event_collector::~event_collector() {
    state_->stopping = true;
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, std::chrono::seconds(5), [this] { return state_->ended; });
}

bool event_collector::wait_for(
    const std::vector<std::string>& types,
    const std::string& key,
    const std::string& correlation_id,
    std::chrono::milliseconds patience
) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, patience, [&] {
        return std::all_of(types.begin(), types.end(), [&](const std::string& type) {
            return state_->has(type, key, correlation_id);
        });
    });
}

}  // namespace esm::app
