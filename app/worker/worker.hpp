// `esm worker run` without its command line: leases tasks as slots become free, runs a job a thread, reports
// for all of them, and gives back what it has no time left for. One a process.
#pragma once

#include <condition_variable>
#include <map>
#include <thread>

#include "app/worker/job.hpp"
#include "app/worker/worker_link.hpp"

namespace esm::app {

struct worker_options {
    std::string name;  // of this worker, for people
    std::vector<std::string> types, queues;
    std::size_t concurrency{1};
    // After stop(): how long running programs may take to end by themselves.
    std::chrono::milliseconds drain{20'000};
    job_options job;
};

class worker {
public:
    worker(worker_options options, worker_link& link);
    ~worker();

    void start();
    // Takes no more tasks and begins to drain. Any thread, as often as wanted.
    void stop();
    // Waits for the end of everything; running programs are stopped at the end of the drain, or at once where
    // `now` becomes true.
    void join(const std::atomic<bool>& now);
    // Why it cannot go on, once it has stopped by itself.
    std::string failure() const;

private:
    struct running {
        std::shared_ptr<job> work;
        std::thread thread;
        bool over{false};
    };

    void lease();
    bool take_some(std::size_t slots);
    void begin(const job::leased_task& task);
    void run(const std::shared_ptr<job>& work);
    void finish(job& work, job_outcome done);
    call_answer tell(job& work, const job_outcome& done);
    void report();
    void beat(const std::vector<std::shared_ptr<job>>& jobs, bool all);
    void send_lines(job& work);
    void give_back(const std::vector<job::leased_task>& tasks);
    void reap();
    std::size_t free_slots();
    std::vector<std::shared_ptr<job>> jobs();
    // False once stopping.
    bool pause(std::chrono::milliseconds duration);
    void fail(const std::string& why);

    const worker_options options_;
    worker_link& link_;
    std::atomic<std::int64_t> lease_ms_{30'000};
    std::thread leasing_, reporting_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;     // slots, stopping, drained
    std::condition_variable reportable_;  // something was said, or nothing will be any more
    std::map<std::pair<std::int64_t, std::int64_t>, running> running_;  // by task and token
    bool stopping_{false}, drained_{false}, reports_over_{false}, said_{false};
    std::string failure_;
    std::shared_ptr<::grpc::ClientContext> lease_call_;
};

}  // namespace esm::app
