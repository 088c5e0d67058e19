// See embedded_log.hpp: reading. A failing file shows as an empty poll, after a pause, as a broker that is
// away does.
#include <boost/asio/steady_timer.hpp>

#include "platform/events/embedded/embedded_log.hpp"
#include "platform/events/embedded/sql.hpp"
#include "platform/observe/log.hpp"

namespace esm::events::embedded {

namespace {

constexpr auto lag_every = std::chrono::seconds(2);
constexpr auto file_patience = std::chrono::seconds(5);

}  // namespace

delivered to_delivered(const std::string& topic, const db::row& found) {
    delivered made;
    made.offset = found.integer(0);
    made.value.topic = topic;
    made.value.key = found.text(1);
    made.value.data = found.text(3);
    read_headers(decode_headers(found.view(2)), made);
    return made;
}

embedded_subscription::embedded_subscription(
    std::shared_ptr<store> source, std::string group, std::vector<std::string> topics
)
    : source_(std::move(source)), group_(std::move(group)), topics_(std::move(topics)) {}

embedded_subscription::~embedded_subscription() {
    source_->forget(this);
}

awaitable<std::vector<delivered>> embedded_subscription::poll(
    std::size_t max, std::chrono::milliseconds patience
) {
    if (!wake_) {
        wake_executor_ = co_await asio::this_coro::executor;
        wake_.emplace(wake_executor_);
        source_->watch(this, topics_, *wake_);
    }
    const auto until = deadline_in(patience);
    for (;;) {
        std::vector<delivered> found;
        bool failed = false;
        try {
            co_await source_->prepare(deadline_in(file_patience));
            co_await load_positions();
            found = co_await read(max);
            if (std::chrono::steady_clock::now() >= lag_due_) co_await refresh_lag();
        } catch (const std::exception& failure) {
            failed = true;
            observe::log(
                observe::level::warn, "event log not read", {{"error", std::string(failure.what())}}
            );
        }
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (!found.empty() || left.count() <= 0 || !patient_) co_return found;
        if (failed) {
            asio::steady_timer rest(wake_executor_, left);
            co_await rest.async_wait(asio::use_awaitable);
        } else {
            co_await wake_->wait_for(left);
        }
    }
}

void embedded_subscription::stop_waiting() {
    patient_ = false;
    if (wake_) wake_->notify();
}

// Topics that another subscription of the group reads are tried again at every poll.
awaitable<void> embedded_subscription::load_positions() {
    std::vector<std::string> gained;
    for (const auto& topic : topics_) {
        if (!positions_.contains(topic) && source_->own(this, group_, topic)) gained.push_back(topic);
    }
    if (gained.empty()) co_return;
    const auto stored =
        co_await source_->file().query(deadline_in(file_patience), sql::select_offsets, group_);
    for (const auto& topic : gained) positions_[topic] = 0;
    for (const auto& each : stored) {
        const auto position = positions_.find(each.text(0));
        if (position != positions_.end()) position->second = std::max(position->second, each.integer(1));
    }
    for (const auto& topic : gained) done_[topic] = positions_[topic];
}

awaitable<std::vector<delivered>> embedded_subscription::read(std::size_t max) {
    std::vector<delivered> found;
    for (auto& [topic, position] : positions_) {
        if (found.size() >= max) break;
        const auto limit = static_cast<std::int64_t>(max - found.size());
        const auto events = co_await source_->file().query(
            deadline_in(file_patience), sql::select_events, topic, position, limit
        );
        for (const auto& each : events) found.push_back(to_delivered(topic, each));
        if (!events.empty()) position = found.back().offset;
    }
    co_return found;
}

awaitable<void> embedded_subscription::refresh_lag() {
    lag_due_ = deadline_in(lag_every);
    std::int64_t total = positions_.empty() ? -1 : 0;
    for (const auto& [topic, position] : done_) {
        const auto behind =
            co_await source_->file().query(deadline_in(file_patience), sql::count_behind, topic, position);
        total += behind.front().integer(0);
    }
    lag_.store(total, std::memory_order_relaxed);
}

awaitable<void> embedded_subscription::commit(const std::vector<delivered>& done) {
    std::map<std::string, std::int64_t> offsets;
    for (const auto& each : done)
        offsets[each.value.topic] = std::max(offsets[each.value.topic], each.offset);
    if (offsets.empty()) co_return;
    for (const auto& [topic, offset] : offsets) done_[topic] = offset;
    try {
        co_await source_->file().transact(
            deadline_in(file_patience),
            [this, &offsets](db::transaction& tx) -> awaitable<bool> {
                for (const auto& [topic, offset] : offsets) tx.exec(sql::store_offset, group_, topic, offset);
                co_return true;
            }
        );
    } catch (const std::exception& failure) {
        // The next commit stores a later offset; until then duplicates change nothing.
        observe::log(observe::level::warn, "offsets not stored", {{"error", std::string(failure.what())}});
    }
}

awaitable<void> embedded_subscription::rewind(const std::vector<delivered>& undone) {
    for (const auto& each : undone) {
        auto& position = positions_[each.value.topic];
        position = std::min(position, each.offset - 1);
    }
    co_return;
}

}  // namespace esm::events::embedded
