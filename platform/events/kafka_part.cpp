// See kafka_part.hpp.
#include "platform/events/kafka_part.hpp"

#include <cstdlib>
#include <stdexcept>

namespace esm::testing {

kafka_part::kafka_part(int port) : port_(port) {
    start();
}

kafka_part::~kafka_part() {
    try {
        run("remove");
    } catch (const std::runtime_error&) {
        // The folder goes all the same.
    }
}

void kafka_part::start() {
    run("start --port " + std::to_string(port_));
}

void kafka_part::kill() {
    run("kill");
}

void kafka_part::run(const std::string& command) {
    const std::string line = std::string("/usr/bin/python3 " ESM_SOURCE_DIR "/tools/parts/kafka.py ") +
                             command + " --dir " + folder_.path();
    if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + line);
}

}  // namespace esm::testing
