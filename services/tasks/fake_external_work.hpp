// An engine in memory for tests of what stands before it: tokens, retries and cancellation as the real one
// has them, without time or a database.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>

#include "services/tasks/external_work.hpp"

namespace esm::tasks {

class fake_external_work final : public external_work {
public:
    struct entry {
        task row;
        std::int64_t token{0};
        bool held{false};
        std::vector<log_line> lines;
        std::chrono::milliseconds retry_after{0};
    };

    std::int64_t add(std::string type, std::string parameters = "{}", std::string queue = "default") {
        const std::lock_guard lock(mutex_);
        const auto id = next_++;
        auto& row = entries_[id].row;
        row.id = id;
        row.user_id = 1001;
        row.type = std::move(type);
        row.parameters = std::move(parameters);
        row.queue = std::move(queue);
        row.created_at = now_us();
        return id;
    }
    entry get(std::int64_t id) {
        const std::lock_guard lock(mutex_);
        return entries_.at(id);
    }
    // Everything, for tests that nothing was changed.
    std::vector<std::int64_t> versions() {
        const std::lock_guard lock(mutex_);
        std::vector<std::int64_t> found;
        for (const auto& [id, each] : entries_) found.push_back(each.row.version);
        return found;
    }
    void cancel(std::int64_t id) {
        const std::lock_guard lock(mutex_);
        entries_.at(id).row.cancel_requested = true;
    }
    // As if the lease had run out.
    void lose(std::int64_t id) {
        const std::lock_guard lock(mutex_);
        give_back(entries_.at(id));
    }
    int looks() const { return looks_; }

    awaitable<std::vector<leased_task>> lease(lease_request asked) override {
        const std::lock_guard lock(mutex_);
        ++looks_;
        std::vector<leased_task> taken;
        for (auto& [id, each] : entries_) {
            if (taken.size() == asked.max) break;
            if (each.row.status != task_status::pending || !contains(asked.types, each.row.type)) continue;
            if (!asked.queues.empty() && !contains(asked.queues, each.row.queue)) continue;
            apply(each.row, happening::claimed, {.now = now_us()});
            each.held = true;
            ++each.token;
            taken.push_back({each.row, each.token});
        }
        co_return taken;
    }

    awaitable<void> work_arrived(const std::vector<std::string>& types, deadline until) override {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (std::chrono::steady_clock::now() < until && !has(types)) {
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(asio::use_awaitable);
        }
    }

    awaitable<std::vector<lease::pulse>> heartbeat(std::vector<sign_of_life> items) override {
        const std::lock_guard lock(mutex_);
        std::vector<lease::pulse> pulses;
        for (const auto& each : items) {
            auto* found = holder(each.id, each.token);
            pulses.push_back(
                found == nullptr              ? lease::pulse::lost
                : found->row.cancel_requested ? lease::pulse::cancel
                                              : lease::pulse::ok
            );
            if (found == nullptr || !each.progress) continue;
            found->row.progress = *each.progress;
            ++found->row.version;
        }
        co_return pulses;
    }

    awaitable<std::vector<bool>> finish(std::vector<finished> items) override {
        const std::lock_guard lock(mutex_);
        std::vector<bool> held;
        for (auto& each : items) {
            auto* found = holder(each.id, each.token);
            held.push_back(found != nullptr);
            if (found != nullptr) end(*found, std::move(each));
        }
        co_return held;
    }

    awaitable<std::vector<bool>> release(std::vector<lease::held> items) override {
        const std::lock_guard lock(mutex_);
        std::vector<bool> held;
        for (const auto& each : items) {
            auto* found = holder(each.id, each.token);
            held.push_back(found != nullptr);
            if (found != nullptr) give_back(*found);
        }
        co_return held;
    }

    awaitable<bool> append_log(std::int64_t id, std::int64_t token, std::vector<log_line> lines) override {
        const std::lock_guard lock(mutex_);
        auto* found = holder(id, token);
        if (found == nullptr) co_return false;
        for (auto& each : lines) found->lines.push_back(std::move(each));
        co_return true;
    }

private:
    static bool contains(const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    }
    bool has(const std::vector<std::string>& types) {
        const std::lock_guard lock(mutex_);
        return std::any_of(entries_.begin(), entries_.end(), [&](const auto& each) {
            return each.second.row.status == task_status::pending && contains(types, each.second.row.type);
        });
    }
    entry* holder(std::int64_t id, std::int64_t token) {
        const auto found = entries_.find(id);
        if (found == entries_.end() || !found->second.held || found->second.token != token) return nullptr;
        return &found->second;
    }
    static void give_back(entry& given) {
        given.held = false;
        given.row.status = task_status::pending;
        ++given.row.lost_attempts;
    }
    static void end(entry& ended, finished with) {
        ended.held = false;
        ended.retry_after = with.retry_after;
        details what{.now = now_us()};
        if (with.how == outcome::kind::completed) {
            what.result = std::move(with.text);
            apply(ended.row, happening::completed, std::move(what));
        } else if (ended.row.cancel_requested) {
            apply(ended.row, happening::cancelled, std::move(what));
        } else {
            const bool again = with.how == outcome::kind::failed && may_retry(ended.row);
            what.error_message = std::move(with.text);
            apply(ended.row, again ? happening::failed_once : happening::failed, std::move(what));
        }
    }

    std::mutex mutex_;
    std::map<std::int64_t, entry> entries_;
    std::int64_t next_{1000};
    std::atomic<int> looks_{0};
};

}  // namespace esm::tasks
