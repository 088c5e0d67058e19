// See child_process.hpp.
#include "services/tasks/handlers/image_processing/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace esm::tasks::image_processing {

namespace {

constexpr int look_every_ms = 20;

class descriptor {
public:
    explicit descriptor(int given = -1) : number_(given) {}
    ~descriptor() { close(); }
    descriptor(descriptor&& from) noexcept : number_(std::exchange(from.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;

    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }
    void close() {
        if (is_open()) ::close(number_);
        number_ = -1;
    }

private:
    int number_;
};

[[noreturn]] void fail_here(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// A file in memory rather than a pipe: nobody has to write while the child reads.
descriptor readable(std::string_view text) {
    descriptor made(::memfd_create("job", MFD_CLOEXEC));
    if (!made.is_open()) fail_here("memfd_create");
    while (!text.empty()) {
        const auto written = ::write(made.number(), text.data(), text.size());
        if (written < 0) fail_here("write to a memory file");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    ::lseek(made.number(), 0, SEEK_SET);
    return made;
}

struct pipe_ends {
    descriptor read;
    descriptor write;
};

pipe_ends make_pipe() {
    std::array<int, 2> made{};
    if (::pipe2(made.data(), O_CLOEXEC) != 0) fail_here("pipe2");
    ::fcntl(made[0], F_SETFL, O_NONBLOCK);
    return {descriptor(made[0]), descriptor(made[1])};
}

// The settings of posix_spawn, freed with it.
struct spawn_settings {
    spawn_settings(int in, int out, int complaints) {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&files, complaints, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
        sigset_t all;
        sigset_t none;
        ::sigfillset(&all);
        ::sigemptyset(&none);
        ::posix_spawnattr_init(&attributes);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        // A session of its own: Ctrl-C in the service's terminal is the service's to handle.
        ::posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID
        );
    }
    ~spawn_settings() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }
    spawn_settings(const spawn_settings&) = delete;
    spawn_settings& operator=(const spawn_settings&) = delete;

    posix_spawn_file_actions_t files{};
    posix_spawnattr_t attributes{};
};

// Killed and reaped at the latest with this.
class child {
public:
    explicit child(pid_t id) : id_(id) {}
    ~child() {
        kill();
        if (id_ > 0) ::waitpid(id_, &status_, 0);
    }
    child(const child&) = delete;
    child& operator=(const child&) = delete;

    void kill() const {
        if (id_ > 0) ::kill(id_, SIGKILL);
    }
    bool reap() {
        if (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == id_) id_ = 0;
        return id_ == 0;
    }
    int status() const { return status_; }

private:
    pid_t id_;
    int status_{0};
};

// Cuts what a pipe brings into lines.
class line_reader {
public:
    line_reader(const child_limits& within, const std::function<void(std::string_view)>& on_line)
        : within_(within), on_line_(on_line) {}

    // False where a line or all of them are too long.
    bool take(std::string_view text) {
        total_ += text.size();
        pending_ += text;
        std::size_t begin = 0;
        for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', begin)) {
            on_line_(std::string_view(pending_).substr(begin, end - begin));
            begin = end + 1;
        }
        pending_.erase(0, begin);
        return total_ <= within_.output_max_bytes && pending_.size() <= within_.line_max_bytes;
    }

private:
    const child_limits& within_;
    const std::function<void(std::string_view)>& on_line_;
    std::string pending_;
    std::size_t total_{0};
};

// What there is to read now; the descriptor is closed at the end of the pipe.
std::string read_some(descriptor& from) {
    std::array<char, 16 * 1024> buffer{};
    const auto count = ::read(from.number(), buffer.data(), buffer.size());
    if (count > 0) return {buffer.data(), static_cast<std::size_t>(count)};
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) from.close();
    return {};
}

void keep_end(std::string& kept, std::string_view more, std::size_t max_bytes) {
    kept += more;
    if (kept.size() > max_bytes) kept.erase(0, kept.size() - max_bytes);
}

}  // namespace

result<child_end> run_child(
    const std::filesystem::path& program,
    std::string_view input,
    const std::function<void(std::string_view line)>& on_line,
    const std::function<bool()>& should_stop,
    const child_limits& within
) {
    const auto in = readable(input);
    auto out = make_pipe();
    auto complaints = make_pipe();
    const spawn_settings settings(in.number(), out.write.number(), complaints.write.number());
    std::string name = program.filename();
    const std::array<char*, 2> arguments{name.data(), nullptr};
    const std::array<char*, 1> no_environment{nullptr};
    pid_t id = 0;
    const int refused = ::posix_spawn(
        &id, program.c_str(), &settings.files, &settings.attributes, arguments.data(), no_environment.data()
    );
    if (refused != 0) {
        const auto why = std::generic_category().message(refused);
        return fail(errc::unavailable, fmt::format("{} cannot be started: {}", program.string(), why));
    }
    child running(id);
    out.write.close();
    complaints.write.close();

    child_end end;
    const auto stop = [&](child_end::kind how) {
        running.kill();
        end.how = how;
    };
    line_reader lines(within, on_line);
    // Its pipes may close before it ends, or stay open in nobody's hands but its own.
    while (end.how == child_end::kind::exited && !(!out.read.is_open() && running.reap())) {
        std::array<pollfd, 2> ready{
            pollfd{out.read.number(), POLLIN, 0}, pollfd{complaints.read.number(), POLLIN, 0}
        };
        ::poll(ready.data(), ready.size(), out.read.is_open() ? look_every_ms : 1);
        if (should_stop()) stop(child_end::kind::stopped);
        if (ready[0].revents != 0 && !lines.take(read_some(out.read))) stop(child_end::kind::flooded);
        if (ready[1].revents != 0) {
            keep_end(end.complaint, read_some(complaints.read), within.complaint_max_bytes);
        }
    }
    if (end.how != child_end::kind::exited) return end;
    while (complaints.read.is_open()) {
        const auto more = read_some(complaints.read);
        if (more.empty()) break;
        keep_end(end.complaint, more, within.complaint_max_bytes);
    }
    if (WIFSIGNALED(running.status())) end.how = child_end::kind::killed;
    end.code = WIFSIGNALED(running.status()) ? WTERMSIG(running.status()) : WEXITSTATUS(running.status());
    return end;
}

}  // namespace esm::tasks::image_processing
