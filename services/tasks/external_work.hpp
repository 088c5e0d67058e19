// What the engine offers to workers outside this process. Only tasks of types that are not built in: the
// token of any other task does not hold here. Any shard; throws what the database throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/clock.hpp"
#include "platform/lease/lease.hpp"
#include "services/tasks/attempt_work.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

// The row as it was claimed.
struct leased_task {
    task row;
    std::int64_t token{0};
};

struct lease_request {
    std::string worker;  // for people
    std::vector<std::string> types;
    std::vector<std::string> queues;  // none: any
    std::size_t max{1};
};

// `how` is completed, rejected or failed. A task that was asked to stop and did not complete ends as
// cancelled.
struct finished {
    std::int64_t id{0}, token{0};
    outcome::kind how{outcome::kind::completed};
    std::string text;                          // the result's JSON, or why not
    std::chrono::milliseconds retry_after{0};  // failed: not sooner than this
};

struct sign_of_life {
    std::int64_t id{0}, token{0};
    std::optional<int> progress;  // 0 to 100
};

// Answers are one an item, in order; ids are distinct within a call.
class external_work {
public:
    virtual ~external_work() = default;

    // At once; may be empty.
    virtual awaitable<std::vector<leased_task>> lease(lease_request asked) = 0;
    // Returns when there may be some, or at `until`.
    virtual awaitable<void> work_arrived(const std::vector<std::string>& types, deadline until) = 0;
    virtual awaitable<std::vector<lease::pulse>> heartbeat(std::vector<sign_of_life> items) = 0;
    // False: the token did not hold, and nothing was changed.
    virtual awaitable<std::vector<bool>> finish(std::vector<finished> items) = 0;
    // Claimable again at once, and no attempt spent. False as in finish.
    virtual awaitable<std::vector<bool>> release(std::vector<lease::held> items) = 0;
    // False as in finish. Lines over the attempt's limit are left out.
    virtual awaitable<bool> append_log(std::int64_t id, std::int64_t token, std::vector<log_line> lines) = 0;
};

}  // namespace esm::tasks
