// One attempt as its handler sees it: what was asked, the inputs as local files, a folder to work in, and
// where results, logs and progress go. Used on the pool thread that runs the handler.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "platform/lease/worker.hpp"

namespace esm::tasks {

// What a running attempt and those who watch it share. Handlers ask `should_stop` every few thousand steps.
class run_control {
public:
    using clock = std::chrono::steady_clock;

    // `lease` may be null in tests.
    explicit run_control(
        std::shared_ptr<lease::progress_token> lease, clock::time_point until = clock::time_point::max()
    )
        : lease_(std::move(lease)), until_(until) {}

    // As the work begins: its time does not run while it waits for a thread.
    void end_at(clock::time_point until) { until_ = until; }

    bool should_stop() const { return lost() || cancelled() || timed_out(); }
    bool lost() const { return lost_.load(std::memory_order_relaxed) || (lease_ && lease_->lost()); }
    bool cancelled() const {
        return cancelled_.load(std::memory_order_relaxed) || (lease_ && lease_->cancel_requested());
    }
    bool timed_out() const { return clock::now() >= until_; }
    clock::time_point until() const { return until_; }

    // 0 to 100; any thread.
    void set_progress(int per_cent) {
        progress_.store(per_cent, std::memory_order_relaxed);
        if (lease_) lease_->set_progress(per_cent);
    }
    int progress() const { return progress_.load(std::memory_order_relaxed); }

    void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
    // The service stops: what the attempt still answers counts for nothing.
    void lose() { lost_.store(true, std::memory_order_relaxed); }

private:
    const std::shared_ptr<lease::progress_token> lease_;
    clock::time_point until_;
    std::atomic<int> progress_{0};
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> lost_{false};
};

// A file that a task's parameters name: {"fileId": 1000}, or {"taskId": 1000, "artifact": "rows.csv"} for
// what another task of the same user made.
struct file_reference {
    std::optional<std::int64_t> file_id;
    std::int64_t task_id{0};
    std::string artifact;
};

struct local_file {
    std::filesystem::path path;
    std::string name;
    std::string media_type;  // "text/csv"
    std::uint64_t bytes{0};
};

// A result kept as a file. Its name is unique within the task; its media type is what downloads say.
struct artifact {
    std::string name;
    std::string media_type;
    std::filesystem::path path;  // within work::scratch(); moved away when the attempt completes
};

enum class log_severity : std::uint8_t { debug, info, warn, error };

// Records of the task's own user that other features keep.
enum class own_records : std::uint8_t { tasks, notifications };

class work {
public:
    explicit work(run_control& control) : control_(control) {}
    virtual ~work() = default;
    work(const work&) = delete;
    work& operator=(const work&) = delete;

    virtual std::int64_t task_id() const = 0;
    virtual std::int64_t user_id() const = 0;
    // JSON object text, checked when the task was created.
    virtual std::string_view parameters() const = 0;
    run_control& control() { return control_; }

    // The file on this machine, fetched where the store is elsewhere; the user's own alone. errc::not_found
    // says which, errc::payload_too_large what the limit is.
    virtual result<local_file> input(const file_reference& which) = 0;
    // The user's records, oldest first, as a file of JSON lines in scratch().
    virtual result<local_file> records(own_records what) = 0;
    // An empty folder of this attempt, deleted after it.
    virtual const std::filesystem::path& scratch() = 0;
    // Kept when the attempt completes, dropped when it does not.
    virtual void keep(artifact made) = 0;
    // A line of the task's log, cut at 4 KiB; at most 1,000 an attempt.
    virtual void log(log_severity severity, std::string line) = 0;

private:
    run_control& control_;
};

}  // namespace esm::tasks
