// See create_task.hpp.
#include "services/tasks/create_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "platform/personal_data/erasure.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/events.hpp"
#include "services/tasks/link_store.hpp"
#include "services/tasks/task_json.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

constexpr std::int64_t first_id = 1000;

task make_task(const new_task& given, instant_us now, const trace_context& trace) {
    task made;
    made.user_id = given.user_id;
    made.type = given.type;
    made.priority = given.priority.value_or(task_priority::medium);
    made.parameters = boost::json::serialize(given.parameters);
    made.queue = given.queue.value_or("default");
    made.timeout_seconds = given.timeout_seconds.value_or(300);
    made.max_attempts = given.max_attempts.value_or(3);
    made.tags = given.tags;
    made.created_at = now;
    made.run_at = std::max(given.run_at.value_or(now), now);
    made.status = made.run_at > now ? task_status::scheduled : task_status::pending;
    if (!given.depends_on.empty()) made.status = task_status::blocked;
    made.correlation_id = trace.correlation_id;
    made.traceparent = trace.traceparent;
    made.extra.unique_key = given.unique_key;
    made.extra.concurrency_key = given.concurrency_key;
    made.extra.concurrency_limit = given.concurrency_limit.value_or(1);
    made.extra.depends_on = given.depends_on;
    std::sort(made.extra.depends_on.begin(), made.extra.depends_on.end());
    made.extra.on_parent_failure = given.on_parent_failure.value_or(parent_failure::fail);
    made.extra.retry_of = given.retry_of;
    return made;
}

bool is_special(const task_draft& draft) {
    return draft.made.extra.unique_key.has_value() || !draft.made.extra.depends_on.empty();
}

bool shares_unique_key(const task_draft& draft, const std::vector<task_draft*>& others) {
    if (!draft.made.extra.unique_key) return false;
    return std::any_of(others.begin(), others.end(), [&](const task_draft* each) {
        return each->made.user_id == draft.made.user_id &&
               each->made.extra.unique_key == draft.made.extra.unique_key;
    });
}

}  // namespace

create_task::create_task(create_task_deps deps)
    : deps_(deps),
      ids_(deps_.runtime, deps_.database, "task", first_id),
      batches_(
          deps_.runtime,
          deps_.database,
          [this](db::transaction& tx, std::vector<task_draft>& drafts) { return write(tx, drafts); },
          {}
      ),
      created_here_(deps_.metrics.make_counter("tasks_created_total", "Tasks created.", {{"runs", "here"}})),
      created_external_(
          deps_.metrics.make_counter("tasks_created_total", "Tasks created.", {{"runs", "external"}})
      ) {}

awaitable<result<task_draft>> create_task::prepare(const context& ctx, new_task given) {
    task_draft draft{make_task(given, now_us(), ctx.trace), {}, ctx.trace, false};
    auto problems =
        broken_rules(given, draft.made.parameters.size(), deps_.parameters_max_bytes, deps_.handlers);
    if (!problems.empty()) co_return rules_broken(std::move(problems));
    draft.made.id = co_await ids_.next(ctx.until);
    draft.runs_here = deps_.handlers.find(given.type) != nullptr;
    draft.on_conflict = given.on_conflict.value_or(unique_conflict::give_existing);
    append_task(draft.json, draft.made);
    co_return draft;
}

awaitable<result<written>> create_task::commit(task_draft draft, deadline until) {
    auto done = co_await batches_.submit(std::move(draft), until);
    if (!done) co_return done.error();
    if (done->refused) co_return std::move(*done->refused);
    co_return std::move(*done);
}

awaitable<std::vector<written>> create_task::write(db::transaction& tx, std::vector<task_draft>& drafts)
    const {
    std::vector<written> answers(drafts.size());
    draft_list all;
    all.reserve(drafts.size());
    for (auto& each : drafts) all.push_back(&each);
    co_await refuse_erased(tx, all, answers);
    draft_list kept;
    kept.reserve(drafts.size());
    std::vector<task> ended;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        if (!answers[i].refused && is_special(drafts[i])) {
            // One that has its unique key must be found by it.
            if (shares_unique_key(drafts[i], kept)) store(tx, std::exchange(kept, {}));
            answers[i] = co_await follow_parents(tx, drafts[i], kept, ended);
            if (!answers[i].refused) answers[i] = co_await take_unique_key(tx, drafts[i]);
        }
        if (!answers[i].refused && !answers[i].existing) kept.push_back(all[i]);
    }
    store(tx, kept);
    if (!ended.empty()) co_await deps_.changes.release(tx, ended);
    co_return answers;
}

awaitable<void> create_task::refuse_erased(
    db::transaction& tx, const draft_list& drafts, std::vector<written>& answers
) const {
    std::vector<std::int64_t> users;
    users.reserve(drafts.size());
    for (const auto* each : drafts) users.push_back(each->made.user_id);
    const auto gone = co_await personal_data::erased_among(tx, std::move(users));
    if (gone.empty()) co_return;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        if (std::find(gone.begin(), gone.end(), drafts[i]->made.user_id) != gone.end()) {
            answers[i].refused = user_is_gone();
        }
    }
}

awaitable<written> create_task::take_unique_key(db::transaction& tx, const task_draft& draft) const {
    const auto& made = draft.made;
    if (!made.extra.unique_key) co_return written{};
    const auto& key = *made.extra.unique_key;
    for (;;) {
        const auto owner = co_await link_store::take_unique(tx, made.user_id, key, made.id);
        if (!owner) co_return written{};
        if (draft.on_conflict == unique_conflict::reject) co_return written{.refused = key_is_taken(*owner)};
        if (draft.on_conflict == unique_conflict::replace) {
            const auto cancelled = co_await deps_.cancelling.write(tx, *owner);
            if (!cancelled || is_terminal(cancelled->status)) continue;
            // It runs, and stops when its worker sees to it.
            link_store::move_unique(tx, made.user_id, key, made.id);
            co_return written{};
        }
        auto found = co_await task_store::load(tx, {*owner});
        if (!found.empty()) co_return written{.existing = std::move(found.front())};
    }
}

// Marks the parents that are stored already; `ended` gathers those that have ended.
awaitable<written> create_task::follow_parents(
    db::transaction& tx, const task_draft& draft, const draft_list& siblings, std::vector<task>& ended
) const {
    const auto& parents = draft.made.extra.depends_on;
    for (const auto id : parents) {
        const auto sibling = std::find_if(siblings.begin(), siblings.end(), [id](const task_draft* each) {
            return each->made.id == id;
        });
        if (sibling != siblings.end()) {
            if ((*sibling)->made.user_id != draft.made.user_id)
                co_return written{.refused = no_such_parent(id)};
            (*sibling)->made.followed = true;
            continue;
        }
        const auto parent = co_await link_store::follow(tx, id);
        if (!parent || parent->user_id != draft.made.user_id)
            co_return written{.refused = no_such_parent(id)};
        if (!is_terminal(parent->status)) continue;
        auto& over = ended.emplace_back();
        over.id = id;
        over.status = parent->status;
    }
    co_return written{};
}

void create_task::store(db::transaction& tx, const draft_list& drafts) const {
    if (drafts.empty()) return;
    std::vector<const task*> rows, ready;
    std::vector<events::event> events;
    rows.reserve(drafts.size());
    ready.reserve(drafts.size());
    events.reserve(drafts.size());
    std::size_t here = 0;
    for (auto* draft : drafts) {
        rows.push_back(&draft->made);
        if (draft->made.status != task_status::blocked) ready.push_back(&draft->made);
        if (draft->json.empty()) append_task(draft->json, draft->made);  // an earlier try took it along
        events.push_back(task_created(draft->made, std::exchange(draft->json, {}), draft->trace));
        if (draft->runs_here) ++here;
    }
    task_store::insert(tx, rows);
    for (const auto* each : rows) {
        for (const auto parent : each->extra.depends_on) link_store::add_dependency(tx, each->id, parent);
    }
    deps_.changes.enqueue(tx, ready);
    deps_.changes.publish(tx, std::move(events));
    tx.after_commit([this, here, external = drafts.size() - here] {
        if (here > 0) created_here_.add(static_cast<double>(here));
        if (external > 0) created_external_.add(static_cast<double>(external));
    });
}

}  // namespace esm::tasks
