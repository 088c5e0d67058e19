// One leased task as this worker does it: the program, what it says, and how the attempt ends. `run` belongs
// to one thread; everything else may be called from another meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/worker/child_process.hpp"
#include "app/worker/program_output.hpp"
#include "eventstreammonitor/tasks/v1/workers.pb.h"

namespace esm::app {

struct job_options {
    std::string command;
    std::vector<std::string> environment;  // of this process, without the worker's own secrets
    std::chrono::milliseconds kill_after{10'000};
    std::size_t result_max_bytes{1024UL * 1024};
};

struct job_outcome {
    enum class kind : std::uint8_t {
        completed,  // `text` is JSON
        failed,     // may go well another time
        rejected,   // will not
        given_back  // stopped by this worker's own end
    };
    kind how{kind::completed};
    std::string text;
    std::chrono::seconds retry_after{0};
};

class job {
public:
    using leased_task = ::eventstreammonitor::tasks::v1::LeasedTask;

    // `said` is called when there is progress or a line to report, on the thread of `run`.
    job(leased_task what, const job_options& options, std::function<void()> said);

    const leased_task& task() const { return task_; }

    // Runs the program to its end.
    job_outcome run();

    // The server asked it to stop: SIGTERM, and SIGKILL after the grace.
    void cancel() { ask(&requests::cancelled); }
    // Somebody else has the task: SIGKILL, and nothing is reported.
    void lose() { ask(&requests::lost); }
    // This worker ends: like cancel, and the task is given back.
    void give_back() { ask(&requests::given_back); }
    bool lost() const { return requests_.lost; }

    // What was not reported yet; progress only where it is new.
    std::optional<int> take_progress();
    std::vector<program_line> take_lines();
    // Lines that could not be reported, to be taken again before newer ones.
    void put_back(std::vector<program_line> lines);
    // Held by whoever reports lines, so that none is on its way when the outcome is reported.
    std::mutex& reporting() { return reporting_; }

private:
    struct requests {
        std::atomic<bool> cancelled{false}, lost{false}, given_back{false};
    };
    struct stopping {
        std::optional<std::chrono::steady_clock::time_point> kill_at;
        bool killed{false};
    };

    void ask(std::atomic<bool> requests::* what);
    void converse(child_process& program);
    void look_for_requests(child_process& program, stopping& state);
    int wait_ms(const stopping& state) const;
    void read_pipes(child_process& program);
    void write_parameters(child_process& program);
    void publish();
    job_outcome outcome_of(int wait_status, bool timed_out) const;

    const leased_task task_;
    const job_options& options_;
    const std::function<void()> said_;
    const std::chrono::steady_clock::time_point ends_at_;
    program_output output_;
    std::size_t sent_bytes_{0};
    bool timed_out_{false};
    requests requests_;
    descriptor wake_;

    std::mutex reporting_, mutex_;
    std::optional<int> progress_;
    std::vector<program_line> lines_;
};

// "NAME=value" of everything a program gets to know of its task, after the worker's own environment.
std::vector<std::string> environment_of(
    const ::eventstreammonitor::tasks::v1::LeasedTask& task, const std::vector<std::string>& inherited
);

}  // namespace esm::app
