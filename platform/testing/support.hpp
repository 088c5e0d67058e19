// What nearly every test that starts real parts needs: a runtime, a folder of its own, names nobody else has,
// patience.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "platform/async/runtime.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/random.hpp"

namespace esm::testing {

// Two shards that run as long as the test.
class started_runtime : public async::runtime {
public:
    started_runtime() : runtime(2) { start(); }
    async::runtime& get() { return *this; }
};

class temporary_folder {
public:
    temporary_folder() : path_(std::filesystem::temp_directory_path() / ("esm_test_" + random_hex(8))) {
        std::filesystem::create_directories(path_);
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

inline std::string unique_name(const std::string& stem) {
    return stem + "-" + random_hex(6);
}

// Waits on the calling thread, which is no shard.
template <class Condition>
bool eventually(std::chrono::milliseconds patience, Condition holds) {
    const auto until = deadline_in(patience);
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

}  // namespace esm::testing
