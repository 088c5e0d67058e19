// See task_store.hpp.
#include "services/tasks/task_store.hpp"

#include <boost/json.hpp>
#include <stdexcept>

#include "platform/base/json_text.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks::task_store {

namespace {

task_status status_of(std::string_view name) {
    if (const auto found = parse_status(name)) return *found;
    throw std::runtime_error("task.status holds \"" + std::string(name) + "\"");
}

std::vector<std::string> tags_of(std::string_view text) {
    if (text == "[]") return {};
    std::vector<std::string> tags;
    const auto document = boost::json::parse(text);
    for (const auto& each : document.as_array()) tags.emplace_back(each.as_string());
    return tags;
}

// The columns in the order every SELECT of the service names them.
task read_task(const db::row& from) {
    task read;
    read.id = from.integer(0);
    read.user_id = from.integer(1);
    read.type = from.text(2);
    read.status = status_of(from.view(3));
    read.priority = static_cast<task_priority>(from.integer(4));
    read.progress = from.integer(5);
    read.parameters = from.text(6);
    read.error_message = from.optional_text(7);
    read.attempt = from.integer(8);
    read.lost_attempts = from.integer(9);
    read.max_attempts = from.integer(10);
    read.queue = from.text(11);
    read.timeout_seconds = from.integer(12);
    read.tags = tags_of(from.view(13));
    read.run_at = from.integer(14);
    read.created_at = from.integer(15);
    read.started_at = from.optional_integer(16);
    read.completed_at = from.optional_integer(17);
    read.cancel_requested = from.boolean(18);
    read.version = from.integer(19);
    read.correlation_id = from.text(20);
    read.traceparent = from.text(21);
    read.result = from.optional_text(22);
    read.result_omitted = from.boolean(23);
    return read;
}

std::vector<task> read_tasks(const db::rows& from) {
    std::vector<task> read;
    read.reserve(from.size());
    for (const auto row : from) read.push_back(read_task(row));
    return read;
}

// One row more than `limit` was asked for, and rows may have been cut off by their size.
listing read_page(const db::rows& from, std::size_t limit) {
    constexpr std::size_t found_column = 24;
    listing page{read_tasks(from), false};
    page.more = !from.empty() && from.front().integer(found_column) > static_cast<std::int64_t>(from.size());
    if (page.tasks.size() > limit) {
        page.tasks.resize(limit);
        page.more = true;
    }
    return page;
}

attempt_state state_of(const db::rows& answer) {
    if (answer.empty()) return attempt_state::over;
    return answer.front().boolean(0) ? attempt_state::cancelling : attempt_state::running;
}

// One column of a bulk statement: `get` of each task.
template <class Column, class Tasks, class Get>
db::column column_of(const Tasks& tasks, Get get) {
    Column made;
    made.reserve(tasks.size());
    for (const auto& each : tasks) made.push_back(get(each));
    return made;
}

}  // namespace

void insert(db::transaction& tx, const std::vector<const task*>& added) {
    const auto integers = [&](auto get) { return column_of<db::integer_list>(added, get); };
    const auto texts = [&](auto get) { return column_of<db::text_list>(added, get); };
    std::vector<db::column> columns;
    columns.reserve(14);
    columns.push_back(integers([](const task* each) { return each->id; }));
    columns.push_back(integers([](const task* each) { return each->user_id; }));
    columns.push_back(texts([](const task* each) { return each->type; }));
    columns.push_back(texts([](const task* each) { return std::string(name_of(each->status)); }));
    columns.push_back(integers([](const task* each) { return static_cast<std::int64_t>(each->priority); }));
    columns.push_back(texts([](const task* each) { return each->parameters; }));
    columns.push_back(integers([](const task* each) { return each->max_attempts; }));
    columns.push_back(texts([](const task* each) { return each->queue; }));
    columns.push_back(integers([](const task* each) { return each->timeout_seconds; }));
    columns.push_back(texts([](const task* each) { return tags_text(each->tags); }));
    columns.push_back(integers([](const task* each) { return each->run_at; }));
    columns.push_back(integers([](const task* each) { return each->created_at; }));
    columns.push_back(texts([](const task* each) { return each->correlation_id; }));
    columns.push_back(texts([](const task* each) { return each->traceparent; }));
    tx.exec_bulk(sql::insert_tasks, std::move(columns));
}

awaitable<std::optional<task>> find(db::database& source, std::int64_t id, deadline until) {
    const auto found = co_await source.query(until, sql::find_task, id);
    if (found.empty()) co_return std::nullopt;
    co_return read_task(found.front());
}

awaitable<std::vector<task>> find_many(db::database& source, std::vector<std::int64_t> ids, deadline until) {
    co_return read_tasks(co_await source.query(until, sql::find_tasks, std::move(ids)));
}

awaitable<std::vector<task>> lock(db::transaction& tx, std::vector<std::int64_t> ids) {
    co_return read_tasks(co_await tx.query(sql::lock_tasks, std::move(ids)));
}

void save(db::transaction& tx, const std::vector<task>& changed) {
    const auto integers = [&](auto get) { return column_of<db::integer_list>(changed, get); };
    const auto maybe_integers = [&](auto get) { return column_of<db::nullable_integers>(changed, get); };
    const auto maybe_texts = [&](auto get) { return column_of<db::nullable_texts>(changed, get); };
    std::vector<db::column> columns;
    columns.reserve(12);
    columns.push_back(integers([](const task& each) { return each.id; }));
    columns.push_back(column_of<db::text_list>(changed, [](const task& each) {
        return std::string(name_of(each.status));
    }));
    columns.push_back(integers([](const task& each) { return each.progress; }));
    columns.push_back(maybe_texts([](const task& each) { return each.result; }));
    columns.push_back(maybe_texts([](const task& each) { return each.error_message; }));
    columns.push_back(integers([](const task& each) { return each.attempt; }));
    columns.push_back(integers([](const task& each) { return each.lost_attempts; }));
    columns.push_back(integers([](const task& each) { return each.run_at; }));
    columns.push_back(maybe_integers([](const task& each) { return each.started_at; }));
    columns.push_back(maybe_integers([](const task& each) { return each.completed_at; }));
    columns.push_back(integers([](const task& each) { return each.cancel_requested ? 1 : 0; }));
    columns.push_back(integers([](const task& each) { return each.version; }));
    tx.exec_bulk(sql::save_tasks, std::move(columns));
}

awaitable<listing> list(
    db::database& source, const filter& which, place after, std::size_t limit, deadline until
) {
    std::string tag;
    if (!which.tag.empty()) json::append_string(tag, which.tag);
    const auto status = which.status ? std::string(name_of(*which.status)) : std::string();
    const std::int64_t priority = which.priority ? static_cast<std::int64_t>(*which.priority) : -1;
    const auto run = [&](const db::statement& what, auto... last) {
        return source.query(
            until,
            what,
            carried_result_max_bytes,
            limit + 1,
            after.created_at,
            after.id,
            which.type,
            priority,
            which.queue,
            tag,
            which.created_from,
            which.created_before,
            std::move(last)...,
            page_max_bytes
        );
    };
    if (!which.user_id) co_return read_page(co_await run(sql::list_all_tasks, status), limit);
    if (!which.status) co_return read_page(co_await run(sql::list_user_tasks, *which.user_id), limit);
    co_return read_page(co_await run(sql::list_user_tasks_by_status, *which.user_id, status), limit);
}

awaitable<attempt_state> save_progress(
    db::database& target, std::int64_t id, std::int64_t attempt, std::int64_t progress, deadline until
) {
    co_return state_of(co_await target.query(until, sql::save_progress, id, attempt, progress));
}

awaitable<attempt_state> watch_attempt(
    db::database& source, std::int64_t id, std::int64_t attempt, deadline until
) {
    co_return state_of(co_await source.query(until, sql::watch_attempt, id, attempt));
}

awaitable<std::int64_t> count_waiting(db::database& source, std::string_view lease_queue, deadline until) {
    co_return (co_await source.query(until, sql::count_waiting, lease_queue)).front().integer(0);
}

void add_known_user(db::transaction& tx, std::int64_t user_id, instant_us registered_at) {
    tx.exec(sql::add_known_user, user_id, registered_at);
}

void remove_known_user(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_known_user, user_id);
}

awaitable<std::vector<std::int64_t>> ids_of_user(
    db::transaction& tx, std::int64_t user_id, std::size_t limit
) {
    const auto found = co_await tx.query(sql::list_task_ids_of_user, user_id, limit);
    std::vector<std::int64_t> ids;
    ids.reserve(found.size());
    for (const auto& row : found) ids.push_back(row.integer(0));
    co_return ids;
}

void remove(db::transaction& tx, std::vector<std::int64_t> ids) {
    tx.exec(sql::delete_tasks, std::move(ids));
}

}  // namespace esm::tasks::task_store
