// See manage_schedules.hpp.
#include "services/tasks/schedules/manage_schedules.hpp"

#include "platform/personal_data/erasure.hpp"
#include "services/tasks/database_clock.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/schedules/definition_json.hpp"
#include "services/tasks/schedules/errors.hpp"
#include "services/tasks/schedules/schedule_store.hpp"
#include "services/tasks/schedules/scheduled_task.hpp"

namespace esm::tasks::schedules {

namespace {

constexpr std::int64_t first_id = 1000;
constexpr int change_tries_max = 5;

bool may_see(std::optional<std::int64_t> visible, const schedule& shown) {
    return !visible || *visible == shown.user_id;
}

bool same_timing(const definition& a, const definition& b) {
    return a.cron == b.cron && a.time_zone == b.time_zone && a.paused == b.paused &&
           a.starts_at == b.starts_at && a.ends_at == b.ends_at;
}

void add_fields(error& to, error from) {
    if (from.code == errc::malformed_request) to.code = errc::malformed_request;
    if (to.fields.empty()) to.detail = std::move(from.detail);
    std::move(from.fields.begin(), from.fields.end(), std::back_inserter(to.fields));
}

error never_runs() {
    return invalid_field("/cron", "never_runs", "cron: no run is left between startsAt and endsAt");
}

}  // namespace

manage_schedules::manage_schedules(manage_schedules_deps deps)
    : deps_(std::move(deps)), ids_(deps_.runtime, deps_.database, "schedule", first_id, 16) {}

awaitable<result<timing>> manage_schedules::check_rules(const context& ctx, const schedule& given) {
    auto refused = fail(errc::validation_failed);
    auto when = timing_of(given.says);
    if (!when) add_fields(refused, when.error());
    auto task = task_of(given);
    if (task) {
        // As at each run: what it takes to be refused there is refused here.
        const auto draft = co_await deps_.creating.prepare(ctx, std::move(*task));
        if (!draft && draft.error().fields.empty()) co_return draft.error();
        if (!draft) add_fields(refused, within_task(draft.error()));
    } else {
        add_fields(refused, task.error());
    }
    if (!refused.fields.empty()) co_return refused;
    co_return when;
}

awaitable<result<schedule>> manage_schedules::prepare(
    const context& ctx, std::int64_t user_id, definition says
) {
    schedule made;
    made.id = co_await ids_.next(ctx.until);
    made.user_id = user_id;
    made.says = std::move(says);
    const auto when = co_await check_rules(ctx, made);
    if (!when) co_return when.error();
    co_return made;
}

awaitable<result<void>> manage_schedules::insert(db::transaction& tx, schedule& made) const {
    const auto when = timing_of(made.says);
    if (!when) co_return when.error();
    if (!(co_await personal_data::erased_among(tx, {made.user_id})).empty()) co_return owner_is_gone();
    // Two at once may both be the last one allowed: the limit is there for accidents.
    if (co_await schedule_store::count_of_user(tx, made.user_id) >= deps_.schedules_max) {
        co_return too_many_schedules(deps_.schedules_max);
    }
    made.created_at = made.updated_at = co_await read_clock(tx);
    const auto next = when->next(made.created_at);
    if (!next) co_return never_runs();
    if (!made.says.paused) made.next_run_at = next;
    schedule_store::insert(tx, made);
    tx.after_commit(deps_.wake);
    co_return result<void>();
}

awaitable<result<schedule>> manage_schedules::find(
    std::int64_t id, std::optional<std::int64_t> visible, deadline until
) const {
    auto found = co_await schedule_store::find(deps_.database, id, until);
    if (!found || !may_see(visible, *found)) co_return no_such_schedule(id);
    co_return std::move(*found);
}

// The rules are checked outside of the transaction, since they take ids; hence the look at the version.
awaitable<result<schedule>> manage_schedules::change(
    const context& ctx,
    std::int64_t id,
    std::optional<std::int64_t> visible,
    const boost::json::object& patch,
    check_before check
) {
    for (int tries = 0; tries < change_tries_max; ++tries) {
        auto found = co_await find(id, visible, ctx.until);
        if (!found) co_return found;
        if (const auto allowed = check(*found); !allowed) co_return allowed.error();
        auto body = to_object(found->says);
        merge_patch(body, patch);
        auto says = decode_definition(body);
        if (!says) co_return says.error();
        auto wanted = *found;
        wanted.says = std::move(*says);
        const auto when = co_await check_rules(ctx, wanted);
        if (!when) co_return when.error();
        schedule after;
        const auto replaced = co_await deps_.database.transact(ctx.until, [&](db::transaction& tx) {
            return replace(tx, wanted, *when, after);
        });
        if (!replaced) co_return replaced.error();
        if (*replaced) co_return after;
    }
    co_return changed_meanwhile();
}

// False where the schedule is not the one any more that `wanted` was made from.
awaitable<result<bool>> manage_schedules::replace(
    db::transaction& tx, const schedule& wanted, const timing& when, schedule& after
) const {
    const auto before = co_await schedule_store::lock(tx, wanted.id);
    if (!before) co_return no_such_schedule(wanted.id);
    if (before->version != wanted.version) co_return false;
    after = *before;
    after.says = wanted.says;
    ++after.version;
    after.updated_at = co_await read_clock(tx);
    if (!same_timing(before->says, after.says)) {
        // What was missed while it was paused, or by its old times, is over.
        const auto next = when.next(after.updated_at);
        if (!next && !after.says.paused) co_return never_runs();
        after.next_run_at = after.says.paused ? std::nullopt : next;
    }
    schedule_store::save(tx, after);
    tx.after_commit(deps_.wake);
    co_return true;
}

awaitable<result<void>> manage_schedules::remove(
    std::int64_t id, std::optional<std::int64_t> visible, check_before check, deadline until
) const {
    co_return co_await deps_.database.transact(until, [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto found = co_await schedule_store::lock(tx, id);
        if (!found || !may_see(visible, *found)) co_return no_such_schedule(id);
        if (const auto allowed = check(*found); !allowed) co_return allowed.error();
        schedule_store::remove(tx, id);
        co_return result<void>();
    });
}

awaitable<result<task_draft>> manage_schedules::prepare_run(
    const context& ctx, std::int64_t id, std::optional<std::int64_t> visible
) {
    const auto found = co_await find(id, visible, ctx.until);
    if (!found) co_return found.error();
    auto task = task_of(*found);
    if (!task) co_return task.error();
    auto draft = co_await deps_.creating.prepare(ctx, std::move(*task));
    if (!draft) co_return within_task(draft.error());
    co_return draft;
}

awaitable<result<void>> manage_schedules::write_run(
    db::transaction& tx, std::int64_t id, std::vector<task_draft>& draft
) const {
    const auto found = co_await schedule_store::lock(tx, id);
    if (!found) co_return no_such_schedule(id);
    if (found->says.overlap == overlap_policy::skip && found->last_task_id) {
        const auto open = co_await schedule_store::unended(tx, {*found->last_task_id});
        if (!open.empty()) co_return still_runs(open.front());
    }
    const auto done = co_await deps_.creating.write(tx, draft);
    if (done.front().refused) co_return *done.front().refused;
    const auto& made = draft.front().made;
    schedule_store::save_runs(tx, {{id, found->next_run_at, made.run_at, made.id}});
    co_return result<void>();
}

}  // namespace esm::tasks::schedules
