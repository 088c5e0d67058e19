// A program in a process group of its own with pipes to its standard streams. Started and reaped by one
// thread, which has to outlive it: the kernel kills the program when that thread ends without having done so.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace esm::app {

// A file descriptor that closes itself.
class descriptor {
public:
    descriptor() = default;
    explicit descriptor(int number) : number_(number) {}
    ~descriptor() { close(); }
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) {
            close();
            number_ = std::exchange(other.number_, -1);
        }
        return *this;
    }
    int get() const { return number_; }
    bool open() const { return number_ >= 0; }
    void close() noexcept;

private:
    int number_{-1};
};

class child_process {
public:
    // Runs `/bin/sh -c command` with exactly this environment, "NAME=value" each. Throws std::system_error.
    child_process(const std::string& command, const std::vector<std::string>& environment);
    // Kills what still runs.
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    // To the whole group.
    void send(int number) const;

    // Pipes, not blocking; closed by whoever has seen or sent their end.
    descriptor input, output, errors;
    // Readable once the program has ended.
    const descriptor& ended() const { return ended_; }

    // Its wait status (waitpid) once `ended` is readable; what is left of its group is killed.
    int reap();

private:
    pid_t pid_{-1};
    descriptor ended_;
    bool reaped_{false};
};

// Nothing for exit status 0, else what it came to, as "exit status 3" or "killed by signal 9 (Killed)".
std::optional<std::string> failure_of(int wait_status);

}  // namespace esm::app
