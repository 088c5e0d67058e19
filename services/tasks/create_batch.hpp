// Creating many tasks at once: one transaction, an answer for each, and none fails for what its neighbour got
// wrong. Tasks may depend on others of the batch by names that hold within it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "services/tasks/create_task.hpp"

namespace esm::tasks {

inline constexpr std::size_t batch_tasks_max = 1000;
inline constexpr std::size_t batch_parents_max = 10'000;  // of all tasks together

struct sibling_name {
    std::size_t at{0};  // its place in new_task::depends_on, which has a 0 there
    std::string ref;
};

struct batch_item {
    new_task given;
    std::optional<std::string> ref;
    std::vector<sibling_name> siblings;  // those it depends on
    std::optional<error> refused{};      // already as it was decoded
};

struct batch_answer {
    std::string json;     // of the task made, or of the one that has its unique key
    bool created{false};  // the former
    std::optional<error> refused{};
};

class create_batch {
public:
    // A batch whose tasks keep every rule and have their ids, but for those refused.
    struct draft {
        std::vector<batch_item> items;
        std::vector<std::vector<std::size_t>> parents;  // of each item, among the items
        std::vector<std::size_t> order;                 // parents before their children
        std::vector<std::optional<task_draft>> tasks;   // unset for the refused
    };

    explicit create_batch(create_task& creating) : creating_(creating) {}

    awaitable<draft> prepare(const context& ctx, std::vector<batch_item> items);

    // Queues the writes in the caller's transaction and answers each item, in order. May be called again with
    // the same batch after a rollback.
    awaitable<std::vector<batch_answer>> write(db::transaction& tx, const draft& batch) const;

private:
    struct writing;
    awaitable<void> flush(db::transaction& tx, writing& state) const;

    create_task& creating_;
};

}  // namespace esm::tasks
