// See create_task.hpp.
#include "services/tasks/create_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "platform/lease/lease.hpp"
#include "platform/personal_data/erasure.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/events.hpp"
#include "services/tasks/names.hpp"
#include "services/tasks/task_json.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

constexpr std::int64_t first_id = 1000;
constexpr instant_us year_us = 366LL * 24 * 3600 * 1'000'000;
constexpr std::size_t tags_max = 20;
constexpr std::size_t problems_max = 50;  // named in one answer

void check_tags(const std::vector<std::string>& tags, std::vector<field_error>& problems) {
    if (tags.size() > tags_max) problems.push_back({"/tags", "item_count", "may have at most 20 items"});
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        if (!is_tag(tags[i])) {
            problems.push_back(
                {fmt::format("/tags/{}", i),
                 "pattern",
                 "must have 1 to 64 characters, none of them a quote, a backslash or a control character"}
            );
        }
        if (!seen.insert(tags[i]).second) {
            problems.push_back({fmt::format("/tags/{}", i), "duplicate", "stands twice"});
        }
    }
}

void check_range(
    std::string_view pointer,
    std::optional<std::int64_t> given,
    std::int64_t maximum,
    std::vector<field_error>& problems
) {
    if (!given || (*given >= 1 && *given <= maximum)) return;
    problems.push_back({std::string(pointer), "out_of_range", fmt::format("must be from 1 to {}", maximum)});
}

error rules_broken(std::vector<field_error> problems) {
    if (problems.size() > problems_max) problems.resize(problems_max);
    auto refused =
        fail(errc::validation_failed, fmt::format("{}: {}", problems[0].pointer, problems[0].message));
    refused.fields = std::move(problems);
    return refused;
}

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
    made.correlation_id = trace.correlation_id;
    made.traceparent = trace.traceparent;
    return made;
}

lease::work lease_of(const task_draft& draft) {
    return {
        draft.made.id,
        draft.runs_here ? std::string(builtin_queue) : "external:" + draft.made.type,
        static_cast<std::int32_t>(draft.made.priority),
        draft.made.status == task_status::scheduled ? draft.made.run_at : 0,
    };
}

}  // namespace

create_task::create_task(create_task_deps deps)
    : deps_(std::move(deps)),
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

std::vector<field_error> create_task::broken_rules(const new_task& given, std::size_t parameters_bytes)
    const {
    std::vector<field_error> problems;
    if (!is_type_name(given.type)) {
        problems.push_back(
            {"/taskType", "pattern", "must be 1 to 64 of a-z, 0-9 and _, beginning with a letter"}
        );
    }
    if (given.queue && !is_queue_name(*given.queue)) {
        problems.push_back(
            {"/queue", "pattern", "must be 1 to 64 of a-z, 0-9, _, . and -, beginning with a letter or digit"}
        );
    }
    check_range("/timeoutSeconds", given.timeout_seconds, 86'400, problems);
    check_range("/maxAttempts", given.max_attempts, 25, problems);
    check_tags(given.tags, problems);
    if (given.run_at && *given.run_at > now_us() + year_us) {
        problems.push_back({"/runAt", "out_of_range", "must be within a year"});
    }
    if (parameters_bytes > static_cast<std::size_t>(deps_.parameters_max_bytes)) {
        problems.push_back(
            {"/parameters", "too_large", fmt::format("may have {} bytes at most", deps_.parameters_max_bytes)}
        );
    } else if (const auto* handler = deps_.handlers.find(given.type)) {
        for (auto& each : handler->check(given.parameters)) {
            each.pointer = "/parameters" + each.pointer;
            problems.push_back(std::move(each));
        }
    }
    return problems;
}

awaitable<result<task_draft>> create_task::prepare(const context& ctx, new_task given) {
    task_draft draft{make_task(given, now_us(), ctx.trace), {}, ctx.trace, false};
    auto problems = broken_rules(given, draft.made.parameters.size());
    if (!problems.empty()) co_return rules_broken(std::move(problems));
    draft.made.id = co_await ids_.next(ctx.until);
    draft.runs_here = deps_.handlers.find(given.type) != nullptr;
    append_task(draft.json, draft.made);
    co_return draft;
}

awaitable<result<void>> create_task::commit(task_draft draft, deadline until) {
    const auto done = co_await batches_.submit(std::move(draft), until);
    if (!done) co_return done.error();
    if (*done == written::user_is_gone) co_return user_is_gone();
    co_return result<void>();
}

awaitable<std::vector<written>> create_task::write(db::transaction& tx, std::vector<task_draft>& drafts)
    const {
    std::vector<std::int64_t> users;
    users.reserve(drafts.size());
    for (const auto& draft : drafts) users.push_back(draft.made.user_id);
    const auto gone = co_await personal_data::erased_among(tx, std::move(users));
    std::vector<written> answers(drafts.size(), written::yes);
    std::vector<task_draft*> kept;
    kept.reserve(drafts.size());
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        if (std::find(gone.begin(), gone.end(), drafts[i].made.user_id) == gone.end()) {
            kept.push_back(&drafts[i]);
        } else {
            answers[i] = written::user_is_gone;
        }
    }
    if (!kept.empty()) store(tx, kept);
    co_return answers;
}

void create_task::store(db::transaction& tx, const std::vector<task_draft*>& drafts) const {
    std::vector<const task*> rows;
    std::vector<lease::work> leases;
    std::vector<events::event> events;
    rows.reserve(drafts.size());
    leases.reserve(drafts.size());
    events.reserve(drafts.size());
    std::size_t here = 0;
    bool due = false;
    for (auto* draft : drafts) {
        rows.push_back(&draft->made);
        leases.push_back(lease_of(*draft));
        if (draft->json.empty()) append_task(draft->json, draft->made);  // an earlier try took it along
        events.push_back(task_created(draft->made, std::exchange(draft->json, {}), draft->trace));
        if (!draft->runs_here) continue;
        ++here;
        due = due || draft->made.status == task_status::pending;
    }
    task_store::insert(tx, rows);
    lease::enqueue(tx, std::move(leases));
    deps_.outbox.append(tx, std::move(events));
    tx.after_commit([this, here, external = drafts.size() - here, due] {
        if (here > 0) created_here_.add(static_cast<double>(here));
        if (external > 0) created_external_.add(static_cast<double>(external));
        if (due) deps_.wake_worker();
    });
}

}  // namespace esm::tasks
