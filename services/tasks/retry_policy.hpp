// When a failed attempt is tried again: full jitter (AWS Architecture Blog, "Exponential Backoff And
// Jitter"), so that tasks that failed together do not come back together. Types may have waits of their own.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "platform/base/result.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

struct backoff_range {
    std::chrono::milliseconds first{1'000}, longest{300'000};
};

class retry_policy {
public:
    explicit retry_policy(backoff_range common = {}) : common_(common) {}

    // Each "TYPE=FIRST:LONGEST", as "report_generation=5s:10m". Throws config::invalid_configuration.
    void override_types(const std::vector<std::string>& settings);

    // Uniform up to first · 2^(attempts that cost), capped; never sooner than `at_least`.
    std::chrono::milliseconds wait_after(const task& failed, std::chrono::milliseconds at_least) const;

private:
    backoff_range common_;
    std::map<std::string, backoff_range, std::less<>> by_type_;
};

}  // namespace esm::tasks
