// Creating a task: the rules of its fields, and the write of the row, its lease and its event. Concurrent
// creations share a transaction (group commit); a creation with an idempotency key brings its own.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/db/group_commit.hpp"
#include "platform/db/id_block.hpp"
#include "platform/observe/metrics.hpp"
#include "services/tasks/cancel_task.hpp"
#include "services/tasks/task_rules.hpp"
#include "services/tasks/transitions.hpp"

namespace esm::tasks {

// A task that keeps every rule and has its id, ready to be written.
struct task_draft {
    task made;
    std::string json;  // of `made`: what the event carries and the answer shows
    trace_context trace;
    bool runs_here{false};
    unique_conflict on_conflict{unique_conflict::give_existing};
};

struct create_task_deps {
    async::runtime& runtime;
    db::database& database;
    const handler_set& handlers;
    const transitions& changes;
    const cancel_task& cancelling;
    observe::metrics& metrics;
    std::int64_t parameters_max_bytes;
};

struct written {
    std::optional<task> existing{};  // that has the unique key: nothing was written
    std::optional<error> refused{};
};

class create_task {
public:
    explicit create_task(create_task_deps deps);

    // errc::validation_failed names every field that breaks its rule.
    awaitable<result<task_draft>> prepare(const context& ctx, new_task given);

    // Writes the draft and answers after the commit; an error where it was refused.
    awaitable<result<written>> commit(task_draft draft, deadline until);

    // Queues the writes of the drafts in the caller's transaction. Refuses those of users who are gone, those
    // whose unique key is taken or that depend on what is not there. Drafts may depend on others of the same
    // call. Takes their JSON along; may be called again with the same drafts after a rollback.
    awaitable<std::vector<written>> write(db::transaction& tx, std::vector<task_draft>& drafts) const;

private:
    using draft_list = std::vector<task_draft*>;

    awaitable<void> refuse_erased(
        db::transaction& tx, const draft_list& drafts, std::vector<written>& answers
    ) const;
    awaitable<written> take_unique_key(db::transaction& tx, const task_draft& draft) const;
    awaitable<written> follow_parents(
        db::transaction& tx, const task_draft& draft, const draft_list& siblings, std::vector<task>& ended
    ) const;
    void store(db::transaction& tx, const draft_list& drafts) const;

    const create_task_deps deps_;
    db::id_block ids_;
    db::group_commit<task_draft, written> batches_;
    observe::metrics::counter& created_here_;
    observe::metrics::counter& created_external_;
};

}  // namespace esm::tasks
