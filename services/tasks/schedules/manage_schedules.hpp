// Creating, changing and deleting schedules, and running one by hand. What a schedule says is checked as a
// whole each time, its task as POST /tasks would, so that nothing is stored that could never run.
#pragma once

#include <functional>

#include "platform/db/id_block.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/schedules/schedule.hpp"

namespace esm::tasks::schedules {

struct manage_schedules_deps {
    async::runtime& runtime;
    db::database& database;
    create_task& creating;
    std::function<void()> wake;  // called after a commit that changed when something runs
    std::int64_t schedules_max;  // a user
};

class manage_schedules {
public:
    // Sees the schedule before the change, for preconditions.
    using check_before = std::function<result<void>(const schedule&)>;

    explicit manage_schedules(manage_schedules_deps deps);

    // With its id; errc::validation_failed or malformed_request names every field that breaks its rule.
    awaitable<result<schedule>> prepare(const context& ctx, std::int64_t user_id, definition says);

    // Queues what was prepared and says when it runs first. errc::conflict for a user who has too many,
    // errc::forbidden for one who is gone.
    awaitable<result<void>> insert(db::transaction& tx, schedule& made) const;

    // errc::not_found for an unknown id, and for a schedule of another user where `visible` is set.
    awaitable<result<schedule>> find(std::int64_t id, std::optional<std::int64_t> visible, deadline until)
        const;

    // Merges the patch (RFC 7396) into what the schedule says.
    awaitable<result<schedule>> change(
        const context& ctx,
        std::int64_t id,
        std::optional<std::int64_t> visible,
        const boost::json::object& patch,
        check_before check
    );

    awaitable<result<void>> remove(
        std::int64_t id, std::optional<std::int64_t> visible, check_before check, deadline until
    ) const;

    // The task of a run by hand; its write is queued by write_run, which answers errc::conflict while the
    // schedule's last task has not ended and the schedule says to skip then.
    awaitable<result<task_draft>> prepare_run(
        const context& ctx, std::int64_t id, std::optional<std::int64_t> visible
    );
    awaitable<result<void>> write_run(db::transaction& tx, std::int64_t id, std::vector<task_draft>& draft)
        const;

private:
    awaitable<result<timing>> check_rules(const context& ctx, const schedule& given);
    awaitable<result<bool>> replace(
        db::transaction& tx, const schedule& wanted, const timing& when, schedule& after
    ) const;

    const manage_schedules_deps deps_;
    db::id_block ids_;
};

}  // namespace esm::tasks::schedules
