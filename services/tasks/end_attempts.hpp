// How attempts end, whoever ran them: in one transaction the leases, the tasks' rows, their attempts, events
// and followers.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/lease/upkeep.hpp"
#include "services/tasks/attempt_work.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/retry_policy.hpp"
#include "services/tasks/transitions.hpp"

namespace esm::tasks {

struct attempt_end {
    lease::held item;
    std::shared_ptr<const task> started;  // as it was claimed; shared, since ends are copied
    happening what{happening::completed};
    std::optional<std::string> result{};         // completed
    std::optional<std::string> error_message{};  // else
    std::chrono::milliseconds delay{0};          // failed_once, given_back
    bool timed_out{false};                       // failed_once because its time was up
    std::vector<log_line> lines{};               // the attempt's, where none is stored yet
    std::vector<stored_file> kept{};             // completed: its artifacts, whose objects are in the store
};

class end_attempts {
public:
    // A task whose worker was lost more than `lost_attempts_max` times fails.
    end_attempts(const transitions& changes, retry_policy policy, std::int64_t lost_attempts_max = 5)
        : changes_(changes), policy_(std::move(policy)), lost_attempts_max_(lost_attempts_max) {}

    // What an outcome means to the task: retried while it may be and has attempts left.
    attempt_end decide(lease::held item, std::shared_ptr<const task> started, outcome done, bool timed_out)
        const;

    // The tasks as they are afterwards; nothing where the lease was lost, and nothing is changed then. Leaves
    // `ends` as they are: a transaction may run again.
    awaitable<std::vector<std::optional<task>>> write(
        db::transaction& tx, const std::vector<attempt_end>& ends
    ) const;

    // What a worker gave back of its own is pending again; the leases are already.
    awaitable<void> give_back(db::transaction& tx, const std::vector<lease::rescued>& items) const;
    // The same where workers were lost; what costs too many of them fails.
    awaitable<void> rescue(db::transaction& tx, const std::vector<lease::rescued>& items) const;

private:
    awaitable<void> take_back(
        db::transaction& tx,
        const std::vector<lease::rescued>& items,
        std::string_view outcome,
        const std::set<std::int64_t>& hopeless
    ) const;

    const transitions& changes_;
    const retry_policy policy_;
    const std::int64_t lost_attempts_max_;
};

}  // namespace esm::tasks
