// esm-image: decodes and makes pictures for the task type image_processing, one job a process, read from
// standard input. The service starts it; `esm-image check` is for people.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "services/tasks/image_worker/run_job.hpp"
#include "services/tasks/image_worker/sandbox.hpp"

namespace {

constexpr std::size_t job_max_bytes = 4 * 1024 * 1024;

std::string read_job_text() {
    std::string text;
    std::array<char, 16 * 1024> buffer{};
    while (text.size() <= job_max_bytes) {
        const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

int run(int count, char** arguments) {
    using namespace esm::tasks::image_worker;
    if (count == 2 && std::string_view(arguments[1]) == "check") return check_sandbox();
    if (count != 1) {
        std::fputs(
            "usage: esm-image <job.json   one job, started by the service\n"
            "       esm-image check       what its sandbox refuses on this machine\n",
            stderr
        );
        return 2;
    }
    return run_job(read_job_text());
}

}  // namespace

int main(int count, char** arguments) {
    int status = 1;
    try {
        status = run(count, arguments);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "esm-image: %s\n", failure.what());
    }
    std::fflush(nullptr);
    // Nothing is left to say: taking a hundred libraries down again would only cost time.
    ::_exit(status);
}
