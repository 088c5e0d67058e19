// See inbox_watch.hpp. All looking runs in one coroutine on the hub's shard; requests only register.
#include "services/notifications/inbox/inbox_watch.hpp"

#include <unordered_set>

#include "platform/async/oneshot.hpp"
#include "platform/observe/log.hpp"

namespace esm::notifications {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using shared_watcher = std::shared_ptr<inbox_watcher>;

const std::string change_channel = "notifications_inbox";
constexpr auto patience = 5s;
constexpr std::chrono::milliseconds round_gap = 20ms;   // so many changes a moment cost few looks
constexpr std::chrono::milliseconds whole_gap = 100ms;  // between two looks for everybody
constexpr std::chrono::milliseconds nobody = 1h;
constexpr std::chrono::milliseconds away_pause = 1s;
constexpr std::size_t watchers_a_look = 250;
constexpr auto retry_after = 5s;

error too_many(errc code, std::string text) {
    auto refused = fail(code, std::move(text));
    refused.retry_after = retry_after;
    return refused;
}

}  // namespace

struct inbox_watch::state {
    state(async::runtime& on, db::database& from, inbox_watch_options given)
        : runtime(on), source(from), options(given) {}

    awaitable<void> loop();
    awaitable<void> look(const std::vector<shared_watcher>& at);

    std::optional<error> refusal_for(std::int64_t user_id) const;
    result<void> add(const shared_watcher& added);
    void remove(const shared_watcher& removed);
    void hurry(std::int64_t user_id);
    void hurry_all() {
        hurried = true;
        if (wake) wake->notify();
    }
    std::vector<shared_watcher> take(bool for_all);
    void interrupt_all();

    async::runtime& runtime;
    db::database& source;
    const inbox_watch_options options;
    std::atomic<std::size_t> size{0};
    std::atomic<bool> hurried{false}, stopping{false};
    std::optional<async::signal> wake;
    async::oneshot<bool> ended;
    bool is_away{false};

    mutable std::mutex mutex;
    std::unordered_map<std::int64_t, std::vector<shared_watcher>> by_user;
    std::unordered_set<std::int64_t> urgent;  // users
};

// The mutex is held.
std::optional<error> inbox_watch::state::refusal_for(std::int64_t user_id) const {
    if (size >= options.watchers_max) {
        return too_many(errc::overloaded, "too many inboxes are being followed here; try again shortly");
    }
    const auto own = by_user.find(user_id);
    if (own == by_user.end() || own->second.size() < options.a_user_max) return std::nullopt;
    return too_many(errc::rate_limited, "your inbox is being followed in too many places; close one of them");
}

result<void> inbox_watch::state::add(const shared_watcher& added) {
    const std::lock_guard lock(mutex);
    if (auto refused = refusal_for(added->user_id())) return std::move(*refused);
    by_user[added->user_id()].push_back(added);
    ++size;
    return {};
}

void inbox_watch::state::remove(const shared_watcher& removed) {
    const std::lock_guard lock(mutex);
    const auto found = by_user.find(removed->user_id());
    if (found == by_user.end() || std::erase(found->second, removed) == 0) return;
    if (found->second.empty()) by_user.erase(found);
    --size;
}

void inbox_watch::state::hurry(std::int64_t user_id) {
    if (size == 0) return;
    {
        const std::lock_guard lock(mutex);
        if (!by_user.contains(user_id)) return;
        urgent.insert(user_id);
    }
    if (wake) wake->notify();
}

// Those who have room: the others say when they have some.
std::vector<shared_watcher> inbox_watch::state::take(bool for_all) {
    std::vector<shared_watcher> taken;
    const auto add_all = [&taken](const std::vector<shared_watcher>& of_user) {
        for (const auto& each : of_user) {
            if (each->has_room()) taken.push_back(each);
        }
    };
    const std::lock_guard lock(mutex);
    const auto users = std::exchange(urgent, {});
    if (for_all) {
        for (const auto& [user_id, watchers] : by_user) add_all(watchers);
        return taken;
    }
    for (const auto user_id : users) {
        const auto found = by_user.find(user_id);
        if (found != by_user.end()) add_all(found->second);
    }
    return taken;
}

void inbox_watch::state::interrupt_all() {
    const std::lock_guard lock(mutex);
    for (const auto& [user_id, watchers] : by_user) {
        for (const auto& each : watchers) each->interrupt();
    }
}

awaitable<void> inbox_watch::state::loop() {
    asio::steady_timer rest(co_await asio::this_coro::executor);
    auto due = clock::now();
    auto last = due - whole_gap;
    while (!stopping) {
        if (hurried.exchange(false)) due = std::min(due, last + whole_gap);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
        co_await wake->wait_for(size == 0 ? nobody : std::max(left, 0ms));
        if (stopping) break;
        if (size == 0) continue;
        const bool for_all = clock::now() >= due;
        try {
            co_await look(take(for_all));
            is_away = false;
        } catch (const std::exception& failure) {
            // Whatever was missed is seen at the next look: each watcher knows where it stands.
            if (!std::exchange(is_away, true)) {
                const std::string why = failure.what();
                observe::log(observe::level::warn, "followed inboxes cannot be read", {{"cause", why}});
            }
        }
        if (for_all || is_away) {
            last = clock::now();
            due = last + (is_away ? std::max(options.poll, away_pause) : options.poll);
        }
        rest.expires_after(round_gap);
        co_await rest.async_wait(asio::use_awaitable);
    }
    ended.set_value(true);
}

awaitable<void> inbox_watch::state::look(const std::vector<shared_watcher>& at) {
    for (std::size_t from = 0; from < at.size(); from += watchers_a_look) {
        const auto to = std::min(at.size(), from + watchers_a_look);
        std::vector<inbox_store::question> asked;
        for (std::size_t i = from; i < to; ++i) asked.push_back(at[i]->asks());
        const auto most = options.entries_a_look_max;
        const auto now = now_us();
        auto found = co_await inbox_store::news(source, asked, most, deadline_in(patience));
        for (std::size_t i = from; i < to; ++i) {
            auto& entries = found[i - from];
            const bool full = entries.size() >= most;
            at[i]->hear(std::move(entries), full, now);
        }
    }
}

inbox_watch::handle::handle(std::shared_ptr<state> of, std::shared_ptr<inbox_watcher> watched)
    : of_(std::move(of)), watcher_(std::move(watched)) {}

inbox_watch::handle::~handle() {
    if (watcher_) of_->remove(watcher_);
}

inbox_watch::inbox_watch(
    async::runtime& runtime, db::database& source, observe::metrics& metrics, inbox_watch_options options
)
    : state_(std::make_shared<state>(runtime, source, options)) {
    metrics.make_gauge(
        "notification_inbox_streams",
        "Streams of inboxes that are open here.",
        {},
        [held = state_] { return static_cast<double>(held->size.load()); }
    );
}

void inbox_watch::start(unsigned shard) {
    state_->wake.emplace(state_->runtime.executor(shard));
    state_->source.listen(change_channel, [weak = std::weak_ptr(state_)] {
        if (const auto alive = weak.lock()) alive->hurry_all();
    });
    auto run = [](std::shared_ptr<state> held) -> awaitable<void> { co_await held->loop(); };
    state_->runtime.spawn(shard, "inbox watch", run(state_));
}

awaitable<void> inbox_watch::stop() {
    const auto held = state_;
    if (!held->wake || held->stopping.exchange(true)) co_return;
    held->interrupt_all();
    held->wake->notify();
    co_await held->ended.get();
}

void inbox_watch::changed(std::int64_t user_id) {
    state_->hurry(user_id);
    state_->source.notify(change_channel);
}

awaitable<result<inbox_watch::handle>> inbox_watch::watch(
    std::int64_t user_id, std::optional<std::int64_t> last_seen, deadline until
) {
    const auto held = state_;
    {
        const std::lock_guard lock(held->mutex);
        if (auto refused = held->refusal_for(user_id)) co_return std::move(*refused);
    }
    // Weak: the watcher must not keep the hub that keeps it.
    const auto make_room = [weak = std::weak_ptr(held), user_id] {
        if (const auto alive = weak.lock()) alive->hurry(user_id);
    };
    inbox_store::place begins_at{now_us() - inbox_watcher::late_us, 0};
    if (last_seen) begins_at = co_await inbox_store::find_place(held->source, user_id, *last_seen, until);
    const auto executor = co_await asio::this_coro::executor;
    const auto made = std::make_shared<inbox_watcher>(executor, user_id, begins_at, make_room);
    if (!last_seen) {
        const auto most = held->options.entries_a_look_max;
        std::vector<inbox_store::question> asked{made->asks()};
        for (bool more = true; more;) {
            const auto found = co_await inbox_store::news(held->source, asked, most, until);
            made->know(found.front());
            more = found.front().size() >= most;
            if (more) asked.front().after = found.front().back().stands_at();
        }
    }
    if (const auto added = held->add(made); !added) co_return added.error();
    held->hurry(user_id);
    co_return handle(held, made);
}

}  // namespace esm::notifications
