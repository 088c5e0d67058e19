// See job.hpp.
#include "app/worker/job.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "platform/base/clock.hpp"

namespace esm::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t piece_bytes = 64UL * 1024;
// A program that says more than the log keeps is read all the same, and not by more than this at once.
constexpr int pieces_max = 16;

// False once the other end has closed or nothing more is there.
template <class Take>
void drain(descriptor& from, Take take) {
    if (!from.open()) return;
    std::array<char, piece_bytes> piece;
    for (int i = 0; i < pieces_max; ++i) {
        const auto got = ::read(from.get(), piece.data(), piece.size());
        if (got > 0) {
            take(std::string_view(piece.data(), static_cast<std::size_t>(got)));
        } else if (got == 0) {
            from.close();
            return;
        } else if (errno != EINTR) {
            if (errno != EAGAIN) from.close();
            return;
        }
    }
}

}  // namespace

job::job(leased_task what, const job_options& options, std::function<void()> said)
    : task_(std::move(what)),
      options_(options),
      said_(std::move(said)),
      ends_at_(steady_clock::now() + milliseconds(task_.time_left_ms())),
      output_(options.result_max_bytes),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_.open()) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
}

void job::ask(std::atomic<bool> requests::* what) {
    if ((requests_.*what).exchange(true)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

job_outcome job::run() {
    try {
        child_process program(options_.command, environment_of(task_, options_.environment));
        converse(program);
        const int status = program.reap();
        read_pipes(program);
        output_.finish();
        publish();
        return outcome_of(status, timed_out_);
    } catch (const std::system_error& failure) {
        return {job_outcome::kind::failed, failure.what(), {}};
    }
}

// Until the program has ended.
void job::converse(child_process& program) {
    stopping state;
    for (;;) {
        // A negative descriptor is passed over by poll.
        std::array<pollfd, 5> watched{
            pollfd{program.ended().get(), POLLIN, 0},
            pollfd{wake_.get(), POLLIN, 0},
            pollfd{program.output.get(), POLLIN, 0},
            pollfd{program.errors.get(), POLLIN, 0},
            pollfd{program.input.get(), POLLOUT, 0},
        };
        if (::poll(watched.data(), watched.size(), wait_ms(state)) < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "cannot wait for the program");
        }
        if (watched[4].revents != 0) write_parameters(program);
        read_pipes(program);
        publish();
        if ((watched[0].revents & POLLIN) != 0) return;
        if ((watched[1].revents & POLLIN) != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
        }
        look_for_requests(program, state);
    }
}

void job::look_for_requests(child_process& program, stopping& state) {
    const auto now = steady_clock::now();
    timed_out_ = timed_out_ || now >= ends_at_;
    const bool asked = requests_.cancelled || requests_.given_back || timed_out_;
    if (asked && !state.kill_at) {
        state.kill_at = now + options_.kill_after;
        program.send(SIGTERM);
    }
    if (state.killed || !(requests_.lost || (state.kill_at && now >= *state.kill_at))) return;
    state.killed = true;
    program.send(SIGKILL);
}

int job::wait_ms(const stopping& state) const {
    if (state.killed) return -1;  // nothing but its end is left to wait for
    const auto left = state.kill_at.value_or(ends_at_) - steady_clock::now();
    const auto rounded_up = std::chrono::ceil<milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(rounded_up, 0, 60'000));
}

void job::read_pipes(child_process& program) {
    drain(program.output, [this](std::string_view piece) { output_.take_output(piece); });
    drain(program.errors, [this](std::string_view piece) { output_.take_errors(piece); });
}

// A program need not read them.
void job::write_parameters(child_process& program) {
    const auto& text = task_.parameters_json();
    const auto sent = ::write(program.input.get(), text.data() + sent_bytes_, text.size() - sent_bytes_);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent > 0) sent_bytes_ += static_cast<std::size_t>(sent);
    if (sent < 0 || sent_bytes_ == text.size()) program.input.close();
}

void job::publish() {
    auto lines = output_.take_lines();
    const auto progress = output_.take_progress();
    if (lines.empty() && !progress) return;
    {
        const std::lock_guard lock(mutex_);
        if (progress) progress_ = progress;
        for (auto& each : lines) lines_.push_back(std::move(each));
    }
    said_();
}

std::optional<int> job::take_progress() {
    const std::lock_guard lock(mutex_);
    return std::exchange(progress_, std::nullopt);
}

std::vector<program_line> job::take_lines() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
}

void job::put_back(std::vector<program_line> lines) {
    const std::lock_guard lock(mutex_);
    for (auto& each : lines_) lines.push_back(std::move(each));
    lines_ = std::move(lines);
}

job_outcome job::outcome_of(int wait_status, bool timed_out) const {
    using enum job_outcome::kind;
    const auto failure = failure_of(wait_status);
    if (!failure && output_.lost_a_result()) {
        return {rejected, fmt::format("the result is larger than {} bytes", options_.result_max_bytes), {}};
    }
    if (!failure) return {completed, output_.result().value_or("null"), {}};
    if (requests_.cancelled) return {failed, "stopped, as asked: " + *failure, {}};
    if (timed_out) {
        const auto seconds = task_.time_left_ms() / 1000;
        return {failed, fmt::format("took longer than its {} s", seconds), {}};
    }
    if (requests_.given_back) return {given_back, {}, {}};
    const auto tail = output_.error_tail();
    const bool bad_input = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EX_DATAERR;
    return {
        bad_input ? rejected : failed,
        tail.empty() ? *failure : fmt::format("{}: {}", *failure, tail),
        output_.retry_after()
    };
}

std::vector<std::string> environment_of(
    const job::leased_task& task, const std::vector<std::string>& inherited
) {
    std::vector<std::string> made;
    // Those of a task around this worker must not show through.
    for (const auto& each : inherited) {
        const bool ours = each.starts_with("ESM_TASK_") || each.starts_with("ESM_ATTEMPT=") ||
                          each.starts_with("ESM_MAX_ATTEMPTS=") || each.starts_with("ESM_CORRELATION_ID=") ||
                          each.starts_with("TRACEPARENT=");
        if (!ours) made.push_back(each);
    }
    const auto add = [&made](std::string_view name, const auto& value) {
        made.push_back(fmt::format("{}={}", name, value));
    };
    add("ESM_TASK_ID", task.task_id());
    add("ESM_TASK_TYPE", task.task_type());
    add("ESM_TASK_REFERENCE", task.task_reference());
    add("ESM_TASK_QUEUE", task.queue());
    add("ESM_TASK_USER_ID", task.user_id());
    add("ESM_TASK_TAGS", fmt::format("{}", fmt::join(task.tags(), ",")));
    add("ESM_TASK_DEADLINE", format_instant(task.deadline_us()));
    add("ESM_ATTEMPT", task.attempt());
    add("ESM_MAX_ATTEMPTS", task.max_attempts());
    add("ESM_CORRELATION_ID", task.correlation_id());
    if (!task.traceparent().empty()) add("TRACEPARENT", task.traceparent());
    return made;
}

}  // namespace esm::app
