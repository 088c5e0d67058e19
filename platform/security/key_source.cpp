// See key_source.hpp.
#include "platform/security/key_source.hpp"

#include "platform/observe/log.hpp"

namespace esm::security {

namespace {

using namespace std::chrono_literals;

// Without any key every token waits for the first ones: a service that started before auth asks soon again.
constexpr auto no_keys_pause = 200ms;

}  // namespace

key_source::key_source(fetch_keys fetch, std::chrono::steady_clock::duration unknown_key_pause)
    : fetch_(std::move(fetch)), unknown_key_pause_(unknown_key_pause) {}

key_source::snapshot key_source::current() const {
    const std::lock_guard lock(mutex_);
    return {generation_.load(std::memory_order_relaxed), keys_};
}

awaitable<bool> key_source::refresh() {
    std::optional<async::oneshot<bool>> joined;
    {
        const std::lock_guard lock(mutex_);
        joined = join_or_begin();
    }
    co_return joined ? co_await joined->get() : co_await fetch_for_all();
}

awaitable<bool> key_source::refresh_for_unknown_key() {
    std::optional<async::oneshot<bool>> joined;
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        // Who comes while the fetch is under way joins it: after a rotation many tokens with the new key come
        // at once.
        if (!fetching_) {
            if (unknown_key_quiet_until_ && now < *unknown_key_quiet_until_) co_return last_outcome_;
            unknown_key_quiet_until_ = now + (generation() == 0 ? no_keys_pause : unknown_key_pause_);
        }
        joined = join_or_begin();
    }
    co_return joined ? co_await joined->get() : co_await fetch_for_all();
}

// Under the lock. Nothing where the caller is the one to fetch.
std::optional<async::oneshot<bool>> key_source::join_or_begin() {
    if (fetching_) return waiting_.emplace_back();
    fetching_ = true;
    return std::nullopt;
}

awaitable<bool> key_source::fetch_for_all() {
    const bool fetched = co_await fetch();
    std::vector<async::oneshot<bool>> waiting;
    {
        const std::lock_guard lock(mutex_);
        fetching_ = false;
        last_outcome_ = fetched;
        waiting.swap(waiting_);
    }
    for (const auto& each : waiting) each.set_value(fetched);
    co_return fetched;
}

awaitable<bool> key_source::fetch() {
    try {
        const auto jwks = co_await fetch_();
        if (jwks) co_return accept(*jwks);
        observe::log(observe::level::warn, "signing keys not fetched", {{"reason", jwks.error().detail}});
    } catch (const std::exception& failure) {
        observe::log(
            observe::level::warn, "signing keys not fetched", {{"reason", std::string(failure.what())}}
        );
    }
    co_return false;
}

bool key_source::accept(const std::string& jwks) {
    auto parsed = key_set::parse(jwks);
    if (!parsed || parsed->empty()) {
        const std::string reason = parsed ? "no ES256 key among them" : parsed.error().detail;
        observe::log(observe::level::warn, "signing keys not usable", {{"reason", reason}});
        return false;
    }
    const std::lock_guard lock(mutex_);
    if (jwks == jwks_) return true;
    jwks_ = jwks;
    keys_ = std::move(*parsed);
    generation_.fetch_add(1, std::memory_order_release);
    return true;
}

}  // namespace esm::security
