// A Kafka broker of a test's own, which it may kill: tools/parts/kafka.py in a temporary folder.
#pragma once

#include <string>

#include "platform/events/log_support.hpp"

namespace esm::testing {

class kafka_part {
public:
    // Waits until the broker answers. Throws std::runtime_error when it does not start.
    explicit kafka_part(int port);
    ~kafka_part();

    std::string brokers() const { return "127.0.0.1:" + std::to_string(port_); }
    void start();
    void kill();

private:
    void run(const std::string& command);

    const int port_;
    temporary_folder folder_;
};

}  // namespace esm::testing
