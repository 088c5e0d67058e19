// `esm-image check`: what the sandbox refuses on this machine, tried and not assumed (see sandbox.hpp).
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "services/tasks/image_worker/sandbox.hpp"

namespace esm::tasks::image_worker {

namespace {

namespace bj = boost::json;

constexpr std::string_view program = "/proc/self/exe";
constexpr std::uint16_t discard_port = 9;

// Each answers whether it succeeded.
bool open_socket() {
    return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0 || ::socket(AF_INET, SOCK_STREAM, 0) >= 0;
}
// Nobody needs to listen: connecting a datagram socket only asks for a route.
bool connect_somewhere() {
    const int made = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(discard_port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made >= 0 && ::connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
}
bool start_process() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return child > 0;
}
bool open_file() {
    return ::open("/", O_RDONLY | O_DIRECTORY) >= 0;
}
// Nobody is traced: that answer already comes from behind the filter.
bool trace_process() {
    return ::ptrace(PTRACE_CONT, ::getpid(), nullptr, nullptr) == 0 || errno == ESRCH;
}
bool signal_parent() {
    return ::kill(::getppid(), 0) == 0;
}
// The call's own way through the filter; an argument that no program can have, so that a success returns too.
bool execute_program() {
    return ::syscall(SYS_execve, program.data(), nullptr, reinterpret_cast<void*>(1)) == 0 || errno == EFAULT;
}

struct attempt {
    std::string_view name;
    bool (*succeeds)();
};
constexpr std::array<attempt, 7> attempts{{
    {"socket", open_socket},
    {"connect", connect_somewhere},
    {"execve", execute_program},
    {"fork", start_process},
    {"open", open_file},
    {"ptrace", trace_process},
    {"kill", signal_parent},
}};

// In a child process with these mechanisms: {"available", "refused", "allowed"} as JSON on `to`.
[[noreturn]] void try_all(bool with_namespace, bool with_filter, int to) {
    limit_resources({}, 0);
    bool available = !with_namespace || leave_network();
    available = (!with_filter || filter_system_calls()) && available;
    bj::array refused;
    bj::array allowed;
    for (const auto& each : attempts) (each.succeeds() ? allowed : refused).emplace_back(each.name);
    const auto text = bj::serialize(
        bj::object{{"available", available}, {"refused", std::move(refused)}, {"allowed", std::move(allowed)}}
    );
    const auto written = ::write(to, text.data(), text.size());
    ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
}

bj::value tried_with(bool with_namespace, bool with_filter) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return nullptr;
    const pid_t child = ::fork();
    if (child == 0) try_all(with_namespace, with_filter, ends[1]);
    ::close(ends[1]);
    std::string text;
    std::array<char, 1024> buffer{};
    for (auto count = ::read(ends[0], buffer.data(), buffer.size()); count > 0;
         count = ::read(ends[0], buffer.data(), buffer.size())) {
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    boost::system::error_code unreadable;
    auto parsed = bj::parse(text, unreadable);
    return unreadable ? bj::value(nullptr) : parsed;
}

}  // namespace

int check_sandbox() {
    bj::object shown;
    shown["filter"] = tried_with(false, true);
    shown["namespace"] = tried_with(true, false);
    shown["both"] = tried_with(true, true);
    std::puts(bj::serialize(shown).c_str());
    const auto* both = shown["both"].if_object();
    return both && both->at("allowed").as_array().empty() ? 0 : 1;
}

}  // namespace esm::tasks::image_worker
