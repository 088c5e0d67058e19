// See task_store.hpp.
#include "services/tasks/task_store.hpp"

#include <boost/json.hpp>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "platform/base/json_text.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks::task_store {

namespace {

// Of a user's waiting tasks fewer than these are looked at one by one.
constexpr std::int64_t few_waiting = 1000;

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

// A task that runs: its row says how it was before, the lease what has happened since.
void show_running(
    task& read, std::int64_t token, instant_us claimed_at, bool cancel_requested, std::string owner
) {
    apply(read, happening::claimed, {.now = claimed_at});
    read.attempt = token;
    read.cancel_requested = read.cancel_requested || cancel_requested;
    read.worker = std::move(owner);
}

void show_running(task& read, std::int64_t token, const db::row& from) {
    show_running(read, token, from.integer(28), from.boolean(31), from.text(32));
    read.progress = from.integer(29);
    read.held_changes = from.integer(30);
    read.version += read.held_changes;
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
    if (const auto extra = from.optional_text(24)) read.extra = read_extra(*extra);
    read.worker = from.optional_text(25);
    read.followed = from.boolean(26);
    if (const auto token = from.optional_integer(27)) show_running(read, *token, from);
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
    constexpr std::size_t found_column = 33;
    listing page{read_tasks(from), false};
    page.more = !from.empty() && from.front().integer(found_column) > static_cast<std::int64_t>(from.size());
    if (page.tasks.size() > limit) {
        page.tasks.resize(limit);
        page.more = true;
    }
    return page;
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
    columns.reserve(16);
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
    columns.push_back(column_of<db::nullable_texts>(added, [](const task* each) {
        return extra_text(each->extra);
    }));
    columns.push_back(integers([](const task* each) { return each->followed ? 1 : 0; }));
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

awaitable<std::vector<task>> load(db::transaction& tx, std::vector<std::int64_t> ids) {
    co_return read_tasks(co_await tx.query(sql::find_tasks, std::move(ids)));
}

awaitable<std::vector<task>> load_claimed(
    db::transaction& tx, const std::vector<lease::held>& items, const std::string& owner
) {
    db::integer_list ids;
    ids.reserve(items.size());
    std::unordered_map<std::int64_t, const lease::held*> holds;
    for (const auto& each : items) {
        ids.push_back(each.id);
        holds[each.id] = &each;
    }
    auto rows = read_tasks(co_await tx.query(sql::find_claimed, std::move(ids)));
    std::vector<lease::held> idle;
    for (auto& each : rows) {
        const auto& hold = *holds[each.id];
        show_running(each, hold.token, hold.claimed_at, hold.cancel_requested, owner);
        if (each.status != task_status::running) idle.push_back(hold);
    }
    std::erase_if(rows, [](const task& each) { return each.status != task_status::running; });
    co_await lease::complete(tx, std::move(idle));
    co_return rows;
}

awaitable<std::vector<task>> lock(db::transaction& tx, std::vector<std::int64_t> ids) {
    co_return read_tasks(co_await tx.query(sql::lock_tasks, std::move(ids)));
}

awaitable<void> save(db::transaction& tx, std::span<task> changed) {
    if (changed.empty()) co_return;
    const auto integers = [&](auto get) { return column_of<db::integer_list>(changed, get); };
    const auto maybe_integers = [&](auto get) { return column_of<db::nullable_integers>(changed, get); };
    const auto maybe_texts = [&](auto get) { return column_of<db::nullable_texts>(changed, get); };
    std::vector<db::column> columns;
    columns.reserve(13);
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
    columns.push_back(maybe_texts([](const task& each) { return each.worker; }));
    const auto saved = co_await tx.query_bulk(sql::save_tasks, std::move(columns));
    std::unordered_set<std::int64_t> followed;
    for (const auto& row : saved) {
        if (row.boolean(1)) followed.insert(row.integer(0));
    }
    for (auto& each : changed) each.followed = followed.contains(each.id);
}

awaitable<std::vector<std::optional<completion>>> complete(
    db::transaction& tx,
    std::vector<lease::held> items,
    std::vector<std::optional<std::string>> results,
    db::text_list& freed
) {
    std::vector<std::optional<completion>> answers(items.size());
    if (items.empty()) co_return answers;
    const auto integers = [&](auto get) { return column_of<db::integer_list>(items, get); };
    std::vector<db::column> columns;
    columns.reserve(3);
    columns.push_back(integers([](const lease::held& each) { return each.id; }));
    columns.push_back(integers([](const lease::held& each) { return each.token; }));
    columns.push_back(std::move(results));
    const auto found = co_await tx.query_bulk(sql::complete_tasks, std::move(columns));
    std::unordered_set<std::int64_t> followed;
    for (const auto& row : found) {
        if (row.boolean(9)) followed.insert(row.integer(0));
    }
    auto holds = lease::read_ended(items, found, freed);
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (holds[i]) answers[i] = {std::move(*holds[i]), followed.contains(items[i].id)};
    }
    if (tx.kind() == db::dialect::sqlite) co_await lease::complete(tx, std::move(items), &freed);
    co_return answers;
}

void promote(db::transaction& tx, std::vector<std::int64_t> ids) {
    tx.exec(sql::promote_tasks, std::move(ids));
}

awaitable<listing> list(
    db::database& source, const filter& which, place after, std::size_t limit, deadline until
) {
    std::string tag;
    if (!which.tag.empty()) json::append_string(tag, which.tag);
    const auto status = which.status ? std::string(name_of(*which.status)) : std::string();
    // As one bound: two are a narrow range to PostgreSQL's planner, which would sort instead of following the
    // index.
    const auto before = std::min(after, place{which.created_before, 0});
    const std::int64_t priority = which.priority ? static_cast<std::int64_t>(*which.priority) : -1;
    const auto run = [&](const db::statement& what, auto... last) {
        return source.query(
            until,
            what,
            carried_result_max_bytes,
            limit + 1,
            before.created_at,
            before.id,
            which.type,
            priority,
            which.queue,
            tag,
            which.created_from,
            page_max_bytes,
            std::move(last)...
        );
    };
    if (which.status == task_status::running)
        co_return read_page(co_await run(sql::list_running_tasks, which.user_id), limit);
    if (!which.user_id) co_return read_page(co_await run(sql::list_all_tasks, status), limit);
    if (which.status == task_status::pending) {
        const auto waiting =
            co_await source.query(until, sql::count_waiting_of_user, *which.user_id, few_waiting);
        if (waiting.front().integer(0) < few_waiting) {
            co_return read_page(co_await run(sql::list_waiting_tasks, *which.user_id), limit);
        }
    }
    if (!which.status) co_return read_page(co_await run(sql::list_user_tasks, *which.user_id), limit);
    const bool usual = which.status == task_status::pending || which.status == task_status::completed;
    const auto& found_by = usual ? sql::list_usual_tasks : sql::list_user_tasks_by_status;
    co_return read_page(co_await run(found_by, *which.user_id, status), limit);
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
    for (const auto* each :
         {&sql::free_unique, &sql::drop_dependencies, &sql::delete_attempts, &sql::delete_logs}) {
        tx.exec(*each, ids);
    }
    tx.exec(sql::delete_tasks, std::move(ids));
}

}  // namespace esm::tasks::task_store
