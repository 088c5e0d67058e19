// See inbox_watcher.hpp.
#include "services/notifications/inbox/inbox_watcher.hpp"

namespace esm::notifications {

namespace {

// Where so much changes that one look does not show it all, looking on counts more than a very late commit.
constexpr instant_us late_in_a_rush_us = 1'000'000;

}  // namespace

awaitable<std::vector<inbox_news>> inbox_watcher::next(std::chrono::milliseconds patience) {
    auto news = take();
    if (news.empty()) {
        co_await wake_.wait_for(patience);
        news = take();
    }
    co_return news;
}

std::vector<inbox_news> inbox_watcher::take() {
    bool was_full = false;
    std::vector<inbox_news> taken;
    {
        const std::lock_guard lock(mutex_);
        taken = std::exchange(untold_, {});
        was_full = std::exchange(was_full_, false);
    }
    if (was_full) make_room_();
    return taken;
}

bool inbox_watcher::has_room() const {
    const std::lock_guard lock(mutex_);
    return untold_.size() < untold_max;
}

bool inbox_watcher::tell(inbox_news what) {
    {
        const std::lock_guard lock(mutex_);
        was_full_ = untold_.size() + 1 >= untold_max;
        if (untold_.size() >= untold_max) return false;
        untold_.push_back(std::move(what));
    }
    wake_.notify();
    return true;
}

void inbox_watcher::know(const std::vector<inbox_store::entry>& found) {
    for (const auto& each : found) {
        known_[each.what.notification_id] = {each.what.version, each.stands_at()};
    }
}

void inbox_watcher::hear(std::vector<inbox_store::entry> found, bool full, instant_us now) {
    auto heard_up_to = reached_;
    bool all = true;
    for (auto& each : found) {
        const auto id = each.what.notification_id;
        const auto known = known_.find(id);
        const bool is_known = known != known_.end();
        const auto at = each.stands_at();
        if (!is_known || known->second.version < each.what.version) {
            const bool is_new = !is_known && each.shown_at() > reached_;
            const auto version = each.what.version;
            all = tell({std::move(each.what), is_new});
            if (!all) break;
            known_[id] = {version, at};
        }
        heard_up_to = at;
    }
    move_on(heard_up_to, all, full, now);
}

void inbox_watcher::move_on(inbox_store::place heard_up_to, bool all, bool full, instant_us now) {
    const auto late = all && full ? late_in_a_rush_us : late_us;
    const inbox_store::place settled{now - late, 0};
    const auto next = all && !full ? settled : std::min(heard_up_to, settled);
    if (next <= reached_) return;
    reached_ = next;
    std::erase_if(known_, [this](const auto& each) { return each.second.at <= reached_; });
}

}  // namespace esm::notifications
