// See watcher.hpp.
#include "services/tasks/watcher.hpp"

namespace esm::tasks {

awaitable<watch_news> watcher::next(std::chrono::milliseconds patience) {
    auto news = take();
    if (news.changes.empty() && !news.current && !news.gone) {
        co_await wake_.wait_for(patience);
        news = take();
    }
    co_return news;
}

watch_news watcher::take() {
    bool was_full = false;
    watch_news taken;
    {
        const std::lock_guard lock(mutex_);
        taken = std::exchange(news_, {});
        was_full = std::exchange(was_full_, false);
    }
    if (was_full) make_room_();
    return taken;
}

bool watcher::has_room() const {
    const std::lock_guard lock(mutex_);
    return news_.changes.size() < untold_max;
}

void watcher::tell(seen_task state) {
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(news_.changes, [&](const auto& each) { return each->id == state->id; });
        news_.changes.push_back(std::move(state));
        was_full_ = news_.changes.size() >= untold_max;
    }
    wake_.notify();
}

void watcher::tell_current() {
    {
        const std::lock_guard lock(mutex_);
        news_.current = true;
    }
    wake_.notify();
}

void watcher::tell_gone() {
    {
        const std::lock_guard lock(mutex_);
        news_.gone = true;
    }
    wake_.notify();
}

}  // namespace esm::tasks
