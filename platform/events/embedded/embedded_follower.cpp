// See embedded_log.hpp: following whole topics from an instant on, woken by every publication of this
// process.
#include "platform/events/embedded/embedded_log.hpp"
#include "platform/events/embedded/sql.hpp"
#include "platform/observe/log.hpp"

namespace esm::events::embedded {

namespace {

constexpr auto look_every = std::chrono::milliseconds(500);
constexpr auto file_patience = std::chrono::seconds(5);
constexpr std::int64_t page = 1000;

}  // namespace

struct embedded_follower::state {
    std::shared_ptr<store> source;
    std::vector<std::string> topics;
    instant_us since;
    follow_handler handle;
    async::signal wake;
    std::map<std::string, std::int64_t> positions;
    std::atomic<bool> caught_up{false};
    std::atomic<bool> leaving{false};
};

namespace {

awaitable<void> read_on(embedded_follower::state& held) {
    co_await held.source->prepare(deadline_in(file_patience));
    for (const auto& topic : held.topics) {
        if (!held.positions.contains(topic)) {
            const auto start = co_await held.source->file().query(
                deadline_in(file_patience), sql::find_start, topic, held.since
            );
            held.positions[topic] = start.front().integer(0);
        }
        for (bool more = true; more && !held.leaving;) {
            auto& position = held.positions[topic];
            const auto events = co_await held.source->file().query(
                deadline_in(file_patience), sql::select_events, topic, position, page
            );
            for (const auto& each : events) {
                held.handle(to_delivered(topic, each));
                position = each.integer(0);
            }
            more = static_cast<std::int64_t>(events.size()) == page;
        }
    }
    held.caught_up.store(true, std::memory_order_release);
}

awaitable<void> follow(std::shared_ptr<embedded_follower::state> held) {
    while (!held->leaving) {
        try {
            co_await read_on(*held);
        } catch (const std::exception& failure) {
            observe::log(
                observe::level::warn, "event log not followed", {{"error", std::string(failure.what())}}
            );
        }
        if (!held->leaving) co_await held->wake.wait_for(look_every);
    }
    held->source->forget(held.get());
}

}  // namespace

embedded_follower::embedded_follower(
    async::runtime& runtime,
    std::shared_ptr<store> source,
    std::vector<std::string> topics,
    instant_us since,
    follow_handler handle
)
    : state_(std::make_shared<state>(
          std::move(source), std::move(topics), since, std::move(handle), async::signal(runtime.executor(0))
      )) {
    state_->source->watch(state_.get(), state_->topics, state_->wake);
    runtime.spawn(0, "event follower", follow(state_));
}

embedded_follower::~embedded_follower() {
    state_->leaving = true;
    state_->wake.notify();
}

bool embedded_follower::caught_up() const {
    return state_->caught_up.load(std::memory_order_acquire);
}

}  // namespace esm::events::embedded
