// Creating a task: the rules of its fields, and the write of the row, its lease and its event. Concurrent
// creations share a transaction (group commit); a creation with an idempotency key brings its own.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/db/group_commit.hpp"
#include "platform/db/id_block.hpp"
#include "platform/observe/metrics.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

// As it came, with types checked and rules not.
struct new_task {
    std::int64_t user_id{0};
    std::string type;
    boost::json::object parameters;
    std::optional<task_priority> priority;
    std::optional<instant_us> run_at;
    std::optional<std::string> queue;
    std::optional<std::int64_t> timeout_seconds;
    std::optional<std::int64_t> max_attempts;
    std::vector<std::string> tags;
};

// A task that keeps every rule and has its id, ready to be written.
struct task_draft {
    task made;
    std::string json;  // of `made`: what the event carries and the answer shows
    trace_context trace;
    bool runs_here{false};
};

struct create_task_deps {
    async::runtime& runtime;
    db::database& database;
    const handler_set& handlers;
    const outbox::outbox& outbox;
    observe::metrics& metrics;
    std::function<void()> wake_worker;  // called after a commit that left work for this process
    std::int64_t parameters_max_bytes;
};

enum class written : std::uint8_t { yes, user_is_gone };

// The lease queue of work that runs in this process; external types have one each.
inline constexpr std::string_view builtin_queue = "builtin";

class create_task {
public:
    explicit create_task(create_task_deps deps);

    // errc::validation_failed names every field that breaks its rule.
    awaitable<result<task_draft>> prepare(const context& ctx, new_task given);

    // Writes the draft and answers after the commit. errc::forbidden for a user who is gone.
    awaitable<result<void>> commit(task_draft draft, deadline until);

    // Queues the writes of the drafts in the caller's transaction, but for those of users who are gone. Takes
    // their JSON along; may be called again with the same drafts after a rollback.
    awaitable<std::vector<written>> write(db::transaction& tx, std::vector<task_draft>& drafts) const;

private:
    std::vector<field_error> broken_rules(const new_task& given, std::size_t parameters_bytes) const;
    void store(db::transaction& tx, const std::vector<task_draft*>& drafts) const;

    const create_task_deps deps_;
    db::id_block ids_;
    db::group_commit<task_draft, written> batches_;
    observe::metrics::counter& created_here_;
    observe::metrics::counter& created_external_;
};

}  // namespace esm::tasks
