// See child_process.hpp.
#include "app/worker/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace esm::app {

namespace {

[[noreturn]] void fail_with_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

struct pipe_ends {
    descriptor read, write;
};

pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_with_errno("cannot make a pipe");
    return {descriptor(ends[0]), descriptor(ends[1])};
}

void stop_blocking(const descriptor& end) {
    ::fcntl(end.get(), F_SETFL, ::fcntl(end.get(), F_GETFL) | O_NONBLOCK);
}

struct program {
    const char* const* arguments;
    const char* const* environment;
    int input, output, errors, failed;
    pid_t parent;
};

// In the child, where of a process of many threads only this one is left: system calls alone.
[[noreturn]] void become(const program& what) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != what.parent) ::_exit(127);
    for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (::dup2(what.input, 0) >= 0 && ::dup2(what.output, 1) >= 0 && ::dup2(what.errors, 2) >= 0) {
        ::execve(
            what.arguments[0],
            const_cast<char* const*>(what.arguments),
            const_cast<char* const*>(what.environment)
        );
    }
    const int cause = errno;
    [[maybe_unused]] const auto written = ::write(what.failed, &cause, sizeof cause);
    ::_exit(127);
}

}  // namespace

void descriptor::close() noexcept {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
}

child_process::child_process(const std::string& command, const std::vector<std::string>& environment) {
    auto to_it = make_pipe();
    auto from_it = make_pipe();
    auto errors_of_it = make_pipe();
    auto failed = make_pipe();
    std::vector<const char*> variables;
    variables.reserve(environment.size() + 1);
    for (const auto& each : environment) variables.push_back(each.c_str());
    variables.push_back(nullptr);
    const std::array<const char*, 4> arguments{"/bin/sh", "-c", command.c_str(), nullptr};
    const program what{
        arguments.data(),
        variables.data(),
        to_it.read.get(),
        from_it.write.get(),
        errors_of_it.write.get(),
        failed.write.get(),
        ::getpid()
    };
    pid_ = ::fork();
    if (pid_ < 0) fail_with_errno("cannot start another process");
    if (pid_ == 0) become(what);
    ::setpgid(pid_, pid_);  // here too: a signal may be sent before the child has come to it
    failed.write.close();
    int cause = 0;
    if (::read(failed.read.get(), &cause, sizeof cause) == sizeof cause) {
        ::waitpid(pid_, nullptr, 0);
        reaped_ = true;
        errno = cause;
        fail_with_errno("cannot run /bin/sh");
    }
    ended_ = descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!ended_.open()) {
        const int reason = errno;
        send(SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        errno = reason;
        fail_with_errno("cannot watch the program");
    }
    input = std::move(to_it.write);
    output = std::move(from_it.read);
    errors = std::move(errors_of_it.read);
    for (const auto* end : {&input, &output, &errors}) stop_blocking(*end);
}

child_process::~child_process() {
    if (!reaped_) {
        send(SIGKILL);
        reap();
    }
}

void child_process::send(int number) const {
    if (!reaped_) ::kill(-pid_, number);
}

int child_process::reap() {
    // The program is still there as a zombie, so its group is nobody else's yet.
    siginfo_t gone{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &gone, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status;
}

std::optional<std::string> failure_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const int number = WTERMSIG(wait_status);
        return fmt::format("killed by signal {} ({})", number, ::strsignal(number));
    }
    if (WEXITSTATUS(wait_status) == 0) return std::nullopt;
    return fmt::format("exit status {}", WEXITSTATUS(wait_status));
}

}  // namespace esm::app
