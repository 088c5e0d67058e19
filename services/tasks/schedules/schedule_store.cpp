// See schedule_store.hpp.
#include "services/tasks/schedules/schedule_store.hpp"

#include <stdexcept>

#include "services/tasks/sql.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks::schedules::schedule_store {

namespace {

template <class Value>
Value known(std::optional<Value> value, std::string_view column, std::string_view text) {
    if (value) return *value;
    throw std::runtime_error(fmt::format("{} holds \"{}\"", column, text));
}

// The columns in the order every SELECT of whole schedules names them.
schedule read_schedule(const db::row& from) {
    schedule read;
    auto& says = read.says;
    read.id = from.integer(0);
    read.user_id = from.integer(1);
    says.name = from.text(2);
    says.cron = from.text(3);
    says.time_zone = from.text(4);
    says.missed = known(parse_missed_runs(from.view(5)), "schedule.missed_runs", from.view(5));
    says.overlap = known(parse_overlap(from.view(6)), "schedule.overlap", from.view(6));
    says.paused = from.boolean(7);
    says.starts_at = from.optional_integer(8);
    says.ends_at = from.optional_integer(9);
    says.task = from.text(10);
    read.next_run_at = from.optional_integer(11);
    read.last_run_at = from.optional_integer(12);
    read.last_task_id = from.optional_integer(13);
    read.last_error = from.optional_text(14);
    read.version = from.integer(15);
    read.created_at = from.integer(16);
    read.updated_at = from.integer(17);
    return read;
}

std::vector<schedule> read_schedules(const db::rows& from) {
    std::vector<schedule> read;
    read.reserve(from.size());
    for (const auto row : from) read.push_back(read_schedule(row));
    return read;
}

std::optional<schedule> read_one(const db::rows& from) {
    if (from.empty()) return std::nullopt;
    return read_schedule(from.front());
}

}  // namespace

void insert(db::transaction& tx, const schedule& added) {
    const auto& says = added.says;
    tx.exec(
        sql::insert_schedule,
        added.id,
        added.user_id,
        says.name,
        says.cron,
        says.time_zone,
        name_of(says.missed),
        name_of(says.overlap),
        says.paused,
        says.starts_at,
        says.ends_at,
        says.task,
        added.next_run_at,
        added.version,
        added.created_at,
        added.updated_at
    );
}

awaitable<std::optional<schedule>> find(db::database& source, std::int64_t id, deadline until) {
    co_return read_one(co_await source.query(until, sql::find_schedule, id));
}

awaitable<std::optional<schedule>> lock(db::transaction& tx, std::int64_t id) {
    co_return read_one(co_await tx.query(sql::lock_schedule, id));
}

void save(db::transaction& tx, const schedule& changed) {
    const auto& says = changed.says;
    tx.exec(
        sql::save_schedule,
        changed.id,
        says.name,
        says.cron,
        says.time_zone,
        name_of(says.missed),
        name_of(says.overlap),
        says.paused,
        says.starts_at,
        says.ends_at,
        says.task,
        changed.next_run_at,
        changed.version,
        changed.updated_at
    );
}

void remove(db::transaction& tx, std::int64_t id) {
    tx.exec(sql::delete_schedule, id);
}

awaitable<std::int64_t> count_of_user(db::transaction& tx, std::int64_t user_id) {
    co_return (co_await tx.query(sql::count_schedules_of_user, user_id)).front().integer(0);
}

void remove_of_user(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_schedules_of_user, user_id);
}

awaitable<listing> list(
    db::database& source,
    std::optional<std::int64_t> user_id,
    std::int64_t after,
    std::size_t limit,
    deadline until
) {
    constexpr std::size_t found_column = 18;
    const auto rows =
        user_id ? co_await source.query(
                      until, sql::list_schedules_of_user, after, limit + 1, page_max_bytes, *user_id
                  )
                : co_await source.query(until, sql::list_schedules, after, limit + 1, page_max_bytes);
    listing page{read_schedules(rows), false};
    page.more = !rows.empty() && rows.front().integer(found_column) > static_cast<std::int64_t>(rows.size());
    if (page.schedules.size() > limit) {
        page.schedules.resize(limit);
        page.more = true;
    }
    co_return page;
}

awaitable<std::vector<schedule>> list_due(
    db::database& source, instant_us now, std::size_t limit, deadline until
) {
    co_return read_schedules(co_await source.query(until, sql::list_due_schedules, now, limit));
}

awaitable<std::optional<instant_us>> next_due(db::database& source, deadline until) {
    const auto found = co_await source.query(until, sql::find_next_due);
    if (found.empty()) co_return std::nullopt;
    co_return found.front().integer(0);
}

awaitable<std::map<std::int64_t, claimed>> claim(db::transaction& tx, std::vector<std::int64_t> ids) {
    std::map<std::int64_t, claimed> mine;
    for (const auto row : co_await tx.query(sql::claim_schedules, std::move(ids))) {
        mine[row.integer(0)] = {row.integer(1), row.optional_integer(2), row.optional_integer(3)};
    }
    co_return mine;
}

void save_runs(db::transaction& tx, const std::vector<made_run>& made) {
    db::integer_list ids;
    db::nullable_integers next, run_at, task_ids;
    db::nullable_texts why_not;
    for (const auto& each : made) {
        ids.push_back(each.id);
        next.push_back(each.next_run_at);
        run_at.push_back(each.run_at);
        task_ids.push_back(each.task_id);
        why_not.push_back(each.why_not);
    }
    tx.exec_bulk(
        sql::save_runs,
        {std::move(ids), std::move(next), std::move(run_at), std::move(task_ids), std::move(why_not)}
    );
}

awaitable<std::vector<std::int64_t>> unended(db::transaction& tx, std::vector<std::int64_t> task_ids) {
    std::vector<std::int64_t> open;
    if (task_ids.empty()) co_return open;
    for (const auto row : co_await tx.query(sql::list_task_states, std::move(task_ids))) {
        const auto status = known(parse_status(row.view(1)), "task.status", row.view(1));
        if (!is_terminal(status)) open.push_back(row.integer(0));
    }
    co_return open;
}

}  // namespace esm::tasks::schedules::schedule_store
