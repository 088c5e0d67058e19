// A task type that runs in this process: checks parameters when the task is created, does the work on a pool
// thread later. One instance a process, used from many threads at once.
#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"
#include "platform/lease/worker.hpp"

namespace esm::tasks {

// What a running attempt and those who watch it share. Handlers ask `should_stop` every few thousand steps.
class run_control {
public:
    using clock = std::chrono::steady_clock;

    // `lease` may be null in tests.
    run_control(std::shared_ptr<const lease::progress_token> lease, clock::time_point until)
        : lease_(std::move(lease)), until_(until) {}

    bool should_stop() const { return lost() || cancelled() || timed_out(); }
    bool lost() const { return lost_.load(std::memory_order_relaxed) || (lease_ && lease_->lost()); }
    bool cancelled() const {
        return cancelled_.load(std::memory_order_relaxed) || (lease_ && lease_->cancel_requested());
    }
    bool timed_out() const { return clock::now() >= until_; }

    // 0 to 100; any thread.
    void set_progress(int per_cent) { progress_.store(per_cent, std::memory_order_relaxed); }
    int progress() const { return progress_.load(std::memory_order_relaxed); }

    // The row says so, which is heard of sooner than the next heartbeat.
    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
    void lose() { lost_.store(true, std::memory_order_relaxed); }

private:
    const std::shared_ptr<const lease::progress_token> lease_;
    const clock::time_point until_;
    std::atomic<int> progress_{0};
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> lost_{false};
};

struct outcome {
    enum class kind : std::uint8_t {
        completed,
        rejected,  // the input is bad: no retry helps
        failed,    // may succeed when tried again
        stopped    // gave way to should_stop
    };
    kind how{kind::completed};
    std::string text;  // the result's JSON, or why not
};

class handler {
public:
    virtual ~handler() = default;
    virtual std::string_view type() const = 0;
    // JSON Schema text of the parameters.
    virtual std::string_view parameters_schema() const = 0;
    // What is wrong with the parameters, each under its JSON pointer within them.
    virtual std::vector<field_error> check(const boost::json::object& parameters) const = 0;
    // May throw: the attempt then failed and may be tried again.
    virtual outcome run(std::string_view parameters, run_control& control) const = 0;
};

// By type; immutable once the service runs.
class handler_set {
public:
    void add(std::unique_ptr<handler> added) { handlers_.push_back(std::move(added)); }
    // Null for types that external workers do.
    const handler* find(std::string_view type) const {
        for (const auto& each : handlers_) {
            if (each->type() == type) return each.get();
        }
        return nullptr;
    }
    const std::vector<std::unique_ptr<handler>>& all() const { return handlers_; }

private:
    std::vector<std::unique_ptr<handler>> handlers_;
};

}  // namespace esm::tasks
