// See worker.hpp.
#include "app/worker/worker.hpp"

#include <algorithm>
#include <random>
#include <system_error>

#include "platform/observe/log.hpp"

namespace esm::app {

namespace {

namespace proto = ::eventstreammonitor::tasks::v1;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using stub_type = worker_link::stub_type;

constexpr auto lease_wait = 30s;
constexpr auto lease_patience = 40s;
constexpr auto call_patience = 10s;
constexpr milliseconds backoff_first = 500ms;
constexpr milliseconds backoff_max = 30s;
// How soon what a program says is passed on, and how long at most nothing is said.
constexpr milliseconds report_pause = 500ms;
constexpr milliseconds heartbeat_max = 10s;
constexpr std::size_t lines_a_call_max = 200;  // of 4 KiB: a call stays under gRPC's 1 MiB

milliseconds with_jitter(milliseconds wait) {
    thread_local std::minstd_rand dice(std::random_device{}());
    return milliseconds(std::uniform_int_distribution<std::int64_t>(wait.count() / 2, wait.count())(dice));
}

template <class Item>
void name(Item& item, const job::leased_task& task) {
    item.set_task_id(task.task_id());
    item.set_lease_token(task.lease_token());
}

void log_end(const job& work, std::string_view outcome, const std::string& why) {
    const auto& task = work.task();
    const bool went_well = outcome == "completed" || outcome == "given back";
    observe::log(
        went_well ? observe::level::info : observe::level::warn,
        "attempt ended",
        trace_context{{}, task.correlation_id(), {}, task.traceparent()},
        {{"taskId", task.task_id()},
         {"taskType", task.task_type()},
         {"attempt", std::int64_t{task.attempt()}},
         {"outcome", std::string(outcome)},
         {"errorMessage", why}}
    );
}

std::string_view outcome_name(job_outcome::kind how) {
    switch (how) {
        case job_outcome::kind::completed:
            return "completed";
        case job_outcome::kind::failed:
            return "failed";
        case job_outcome::kind::rejected:
            return "failed for good";
        case job_outcome::kind::given_back:
            return "given back";
    }
    return {};
}

}  // namespace

worker::worker(worker_options options, worker_link& link) : options_(std::move(options)), link_(link) {}

worker::~worker() {
    stop();
    const std::atomic<bool> now{true};
    join(now);
}

void worker::start() {
    leasing_ = std::thread([this] { lease(); });
    reporting_ = std::thread([this] { report(); });
}

void worker::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (lease_call_) lease_call_->TryCancel();
    changed_.notify_all();
}

void worker::join(const std::atomic<bool>& now) {
    if (leasing_.joinable()) leasing_.join();
    const auto drained = steady_clock::now() + options_.drain;
    for (auto left = jobs(); !left.empty(); left = jobs()) {
        const bool over = now || steady_clock::now() >= drained;
        if (over) {
            for (const auto& each : left) each->give_back();
        }
        {
            std::unique_lock lock(mutex_);
            drained_ = drained_ || over;
            if (drained_) changed_.notify_all();
            changed_.wait_for(lock, 100ms);
        }
        reap();
    }
    {
        const std::lock_guard lock(mutex_);
        reports_over_ = true;
        reportable_.notify_all();
    }
    if (reporting_.joinable()) reporting_.join();
}

std::string worker::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

void worker::fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = why;
    stopping_ = true;
    changed_.notify_all();
}

bool worker::pause(milliseconds duration) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, duration, [this] { return stopping_; });
    return !stopping_;
}

// Waits for a slot; none once stopping.
std::size_t worker::free_slots() {
    std::unique_lock lock(mutex_);
    for (;;) {
        lock.unlock();
        reap();
        lock.lock();
        if (stopping_) return 0;
        if (running_.size() < options_.concurrency) return options_.concurrency - running_.size();
        changed_.wait(lock);
    }
}

void worker::lease() {
    auto wait = backoff_first;
    while (const auto slots = free_slots()) {
        if (take_some(slots)) {
            wait = backoff_first;
        } else if (pause(with_jitter(wait))) {
            wait = std::min(wait * 2, backoff_max);
        }
    }
}

// False where nobody answered.
bool worker::take_some(std::size_t slots) {
    proto::LeaseRequest asked;
    asked.set_worker(options_.name);
    for (const auto& each : options_.types) asked.add_task_types(each);
    for (const auto& each : options_.queues) asked.add_queues(each);
    asked.set_max(static_cast<std::int32_t>(slots));
    asked.set_wait_ms(static_cast<std::int32_t>(milliseconds(lease_wait).count()));
    const auto call = std::make_shared<::grpc::ClientContext>();
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return true;
        lease_call_ = call;
    }
    proto::LeaseResponse given;
    const auto answer = link_.ask(&stub_type::Lease, asked, given, lease_patience, *call);
    bool stopping = false;
    {
        const std::lock_guard lock(mutex_);
        lease_call_.reset();
        stopping = stopping_;
    }
    if (answer.how == verdict::refused) fail(answer.why);
    if (answer.how != verdict::done) {
        if (!stopping) observe::log(observe::level::warn, "no tasks to be had", {{"reason", answer.why}});
        return false;
    }
    if (given.lease_ms() > 0) lease_ms_ = given.lease_ms();
    if (stopping) {
        give_back({given.tasks().begin(), given.tasks().end()});
        return true;
    }
    for (const auto& each : given.tasks()) begin(each);
    return true;
}

void worker::begin(const job::leased_task& task) {
    const auto said = [this] {
        const std::lock_guard lock(mutex_);
        said_ = true;
        reportable_.notify_all();
    };
    const std::pair key{task.task_id(), task.lease_token()};
    try {
        const auto work = std::make_shared<job>(task, options_.job, said);
        const std::lock_guard lock(mutex_);
        auto& entry = running_[key];
        entry.work = work;
        entry.thread = std::thread([this, work] { run(work); });
        return;
    } catch (const std::system_error& failure) {
        observe::log(observe::level::error, "no thread or file to be had", {{"reason", failure.what()}});
    }
    {
        const std::lock_guard lock(mutex_);
        running_.erase(key);
    }
    give_back({task});
    pause(backoff_first);  // this machine is short of something
}

void worker::run(const std::shared_ptr<job>& work) {
    finish(*work, work->run());
    const std::lock_guard lock(mutex_);
    running_.at({work->task().task_id(), work->task().lease_token()}).over = true;
    changed_.notify_all();
}

// Joins the threads of jobs that are over.
void worker::reap() {
    std::vector<std::thread> over;
    {
        const std::lock_guard lock(mutex_);
        for (auto each = running_.begin(); each != running_.end();) {
            if (each->second.over) over.push_back(std::move(each->second.thread));
            each = each->second.over ? running_.erase(each) : std::next(each);
        }
    }
    for (auto& each : over) each.join();
}

std::vector<std::shared_ptr<job>> worker::jobs() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<job>> found;
    for (const auto& [key, each] : running_) found.push_back(each.work);
    return found;
}

// Reports the outcome until the server has taken or refused it: the work is done, and its lease is kept alive
// meanwhile.
void worker::finish(job& work, job_outcome done) {
    auto wait = backoff_first;
    for (;;) {
        send_lines(work);
        if (work.lost()) return log_end(work, "lost", "somebody else has the task now");
        const auto answer = tell(work, done);
        const bool completed = done.how == job_outcome::kind::completed;
        switch (answer.how) {
            case verdict::done:
                return log_end(work, outcome_name(done.how), completed ? std::string() : done.text);
            case verdict::lost:
                return log_end(work, "lost", "the outcome came too late and was not taken");
            case verdict::refused:
                if (!completed) return log_end(work, "lost", answer.why);
                done = {job_outcome::kind::rejected, "the result was refused: " + answer.why, {}};
                continue;
            case verdict::away:
                break;
        }
        observe::log(observe::level::warn, "outcome not taken yet", {{"reason", answer.why}});
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, with_jitter(wait), [this] { return drained_; });
        if (drained_) return log_end(work, "lost", answer.why);
        wait = std::min(wait * 2, backoff_max);
    }
}

call_answer worker::tell(job& work, const job_outcome& done) {
    if (done.how == job_outcome::kind::given_back) {
        give_back({work.task()});
        return {};
    }
    if (done.how == job_outcome::kind::completed) {
        proto::CompleteRequest asked;
        name(*asked.add_items(), work.task());
        asked.mutable_items(0)->set_result_json(done.text);
        proto::CompleteResponse taken;
        auto answer = link_.ask(&stub_type::Complete, asked, taken, call_patience);
        const bool held = taken.pulses_size() == 1 && taken.pulses(0) == proto::PULSE_OK;
        if (answer.how == verdict::done && !held) answer.how = verdict::lost;
        return answer;
    }
    proto::FailRequest asked;
    name(asked, work.task());
    asked.set_error_message(as_utf8(done.text));
    asked.set_final(done.how == job_outcome::kind::rejected);
    if (!asked.final()) asked.set_retry_after_ms(milliseconds(done.retry_after).count());
    proto::FailResponse none;
    return link_.ask(&stub_type::Fail, asked, none, call_patience);
}

void worker::give_back(const std::vector<job::leased_task>& tasks) {
    if (tasks.empty()) return;
    proto::ReleaseRequest asked;
    for (const auto& each : tasks) name(*asked.add_items(), each);
    proto::ReleaseResponse taken;
    const auto answer = link_.ask(&stub_type::Release, asked, taken, call_patience);
    // Their leases run out by themselves.
    if (answer.how != verdict::done) {
        observe::log(observe::level::warn, "tasks not given back", {{"reason", answer.why}});
    }
}

// Heartbeats of all jobs every third of a lease, and of those that have something to say as soon as they say
// it.
void worker::report() {
    auto next_beat = steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!reports_over_) {
        const auto until = std::min(next_beat, steady_clock::now() + heartbeat_max);
        reportable_.wait_until(lock, until, [this] { return said_ || reports_over_; });
        if (reports_over_) return;
        said_ = false;
        lock.unlock();
        const bool all = steady_clock::now() >= next_beat;
        const auto running = jobs();
        beat(running, all);
        for (const auto& each : running) send_lines(*each);
        if (all) next_beat = steady_clock::now() + std::min(milliseconds(lease_ms_ / 3), heartbeat_max);
        lock.lock();
        const auto shortest = std::min(report_pause, milliseconds(lease_ms_ / 6));
        reportable_.wait_for(lock, shortest, [this] { return reports_over_; });
    }
}

void worker::beat(const std::vector<std::shared_ptr<job>>& jobs, bool all) {
    proto::HeartbeatRequest asked;
    std::vector<std::shared_ptr<job>> heard;
    for (const auto& each : jobs) {
        const auto progress = each->take_progress();
        if (each->lost() || (!all && !progress)) continue;
        auto& item = *asked.add_items();
        name(item, each->task());
        if (progress) item.set_progress(*progress);
        heard.push_back(each);
    }
    if (heard.empty()) return;
    proto::HeartbeatResponse given;
    const auto answer = link_.ask(&stub_type::Heartbeat, asked, given, call_patience);
    if (answer.how != verdict::done) {
        observe::log(observe::level::warn, "heartbeat not heard", {{"reason", answer.why}});
        return;
    }
    for (std::size_t i = 0; i < heard.size() && i < static_cast<std::size_t>(given.pulses_size()); ++i) {
        const auto pulse = given.pulses(static_cast<int>(i));
        if (pulse == proto::PULSE_CANCEL) heard[i]->cancel();
        if (pulse == proto::PULSE_LOST) heard[i]->lose();
    }
}

void worker::send_lines(job& work) {
    const std::lock_guard reporting(work.reporting());
    auto lines = work.take_lines();
    while (!lines.empty() && !work.lost()) {
        proto::AppendLogRequest asked;
        name(asked, work.task());
        const auto count = std::min(lines.size(), lines_a_call_max);
        for (std::size_t i = 0; i < count; ++i) {
            auto& line = *asked.add_lines();
            line.set_severity(static_cast<proto::LogSeverity>(lines[i].severity));
            line.set_text(lines[i].text);
        }
        proto::AppendLogResponse none;
        const auto answer = link_.ask(&stub_type::AppendLog, asked, none, call_patience);
        if (answer.how == verdict::lost) return work.lose();
        if (answer.how == verdict::away) return work.put_back(std::move(lines));
        if (answer.how == verdict::refused) {
            observe::log(observe::level::warn, "lines of a log refused", {{"reason", answer.why}});
        }
        lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(count));
    }
}

}  // namespace esm::app
