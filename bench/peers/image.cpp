// Pictures made one after the other for some seconds, by the handler of image_processing as the service calls
// it (a process for each) or by another program in the same way:
//   bench_image handler WORKER PICTURE PARAMETERS SECONDS
//   bench_image command SECONDS PROGRAM ARGUMENTS…
// Prints {"perSecond", "p50Ms", "p99Ms", "childMb"}: the last is the peak of the processes started.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/tasks/handlers/image_processing/image_processing.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace {

using namespace esm::tasks;
using clock_type = std::chrono::steady_clock;

void measure(int seconds, const std::function<void()>& make_one) {
    make_one();  // libraries and the picture are in the page cache from here on
    std::vector<double> took_ms;
    const auto begun = clock_type::now();
    const auto until = begun + std::chrono::seconds(seconds);
    for (auto now = begun; now < until || took_ms.size() < 3;) {
        const auto from = now;
        make_one();
        now = clock_type::now();
        took_ms.push_back(std::chrono::duration<double, std::milli>(now - from).count());
    }
    const double whole_s = std::chrono::duration<double>(clock_type::now() - begun).count();
    std::sort(took_ms.begin(), took_ms.end());
    rusage children{};
    ::getrusage(RUSAGE_CHILDREN, &children);
    std::printf(
        "{\"perSecond\":%.4f,\"p50Ms\":%.2f,\"p99Ms\":%.2f,\"childMb\":%.1f}\n",
        static_cast<double>(took_ms.size()) / whole_s,
        took_ms[took_ms.size() / 2],
        took_ms[(took_ms.size() - 1) * 99 / 100],
        static_cast<double>(children.ru_maxrss) / 1024
    );
}

void by_handler(char** arguments) {
    image_processing::options where;
    where.worker = arguments[0];
    const std::filesystem::path picture(arguments[1]);
    const std::string parameters(arguments[2]);
    const auto handler = image_processing::make_handler(where);
    measure(std::stoi(arguments[3]), [&] {
        test_work one(parameters);
        one.give_file(1000, {picture, picture.filename(), "image/jpeg", std::filesystem::file_size(picture)});
        const auto done = handler->run(one);
        if (done.how != outcome::kind::completed) throw std::runtime_error(done.text);
    });
}

void by_command(int seconds, char** command) {
    measure(seconds, [command] {
        pid_t child = 0;
        if (::posix_spawnp(&child, command[0], nullptr, nullptr, command, environ) != 0) {
            throw std::runtime_error(std::string(command[0]) + " cannot be started");
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (status != 0) throw std::runtime_error(std::string(command[0]) + " failed");
    });
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view mode(count > 1 ? arguments[1] : "");
    try {
        if (mode == "handler" && count == 6) {
            by_handler(arguments + 2);
        } else if (mode == "command" && count > 3) {
            by_command(std::stoi(arguments[2]), arguments + 3);
        } else {
            std::fputs(
                "usage: bench_image handler WORKER PICTURE PARAMETERS SECONDS\n"
                "       bench_image command SECONDS PROGRAM ARGUMENTS…\n",
                stderr
            );
            return 2;
        }
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "bench_image: %s\n", failure.what());
        return 1;
    }
    return 0;
}
