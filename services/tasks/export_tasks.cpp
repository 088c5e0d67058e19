// See export_tasks.hpp.
#include "services/tasks/export_tasks.hpp"

#include "platform/http/cursor.hpp"
#include "services/tasks/schedules/schedule_store.hpp"
#include "services/tasks/task_json.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

constexpr std::size_t tasks_a_page_max = 500;
constexpr std::size_t schedules_a_read_max = 50;
// Larger tasks are cut. Only a result makes a task this large, and a task with a result changes no more.
constexpr std::size_t piece_bytes = 2 * personal_data::page_bytes;
constexpr std::size_t cursor_keys = 4;
constexpr std::int64_t still_at_tasks = -1;

// Behind which task a page begins, and how much of the next one was given already; or behind which schedule,
// once all tasks were given.
struct progress {
    task_store::place after;
    std::size_t given{0};
    bool begun{false};  // a task was given
    std::int64_t schedule{still_at_tasks};
};

std::string list_name(std::int64_t user_id) {
    return fmt::format("export of user {}", user_id);
}

result<progress> read_cursor(const std::string& cursor, std::int64_t user_id) {
    if (cursor.empty()) return progress{};
    http::request asked;
    asked.query.emplace_back("cursor", cursor);
    const auto page = http::read_page(asked, list_name(user_id), cursor_keys);
    if (!page) return page.error();
    const auto& keys = page->after;
    if (keys[2] < 0 || keys[3] < still_at_tasks) return fail(errc::invalid_cursor);
    return progress{
        {keys[0], keys[1]}, static_cast<std::size_t>(keys[2]), keys[1] != task_store::place{}.id, keys[3]
    };
}

std::string make_cursor(const progress& at, std::int64_t user_id) {
    return http::make_cursor(
        {at.after.created_at, at.after.id, static_cast<std::int64_t>(at.given), at.schedule},
        list_name(user_id)
    );
}

// Appends the task, or as much of it as fits one page. False where some is left.
bool append(std::string& to, const task& shown, progress& at) {
    std::string text;
    if (at.begun) text += ',';
    append_task(text, shown);
    const auto piece = std::string_view(text).substr(std::min(at.given, text.size()), piece_bytes);
    to += piece;
    at.given += piece.size();
    if (at.given < text.size()) return false;
    at.after = {shown.created_at, shown.id};
    at.given = 0;
    at.begun = true;
    return true;
}

// False where the page ended before the tasks did.
awaitable<bool> add_tasks(
    db::database& source, std::int64_t user_id, progress& at, std::string& to, deadline until
) {
    const auto listed =
        co_await task_store::list(source, {.user_id = user_id}, at.after, tasks_a_page_max, until);
    for (const auto& each : listed.tasks) {
        bool whole = to.size() < personal_data::page_bytes;
        if (whole && each.result_omitted) {
            const auto found = co_await task_store::find(source, each.id, until);
            if (!found) continue;  // erased just now
            whole = append(to, *found, at);
        } else if (whole) {
            whole = append(to, each, at);
        }
        if (!whole) co_return false;
    }
    co_return !listed.more;
}

// False where the page ended before the schedules did.
awaitable<bool> add_schedules(
    db::database& source, std::int64_t user_id, progress& at, std::string& to, deadline until
) {
    for (bool more = true; more;) {
        if (to.size() >= personal_data::page_bytes) co_return false;
        const auto listed = co_await schedules::schedule_store::list(
            source, user_id, at.schedule, schedules_a_read_max, until
        );
        for (const auto& each : listed.schedules) {
            if (at.schedule > 0) to += ',';
            schedules::append_schedule(to, each);
            at.schedule = each.id;
        }
        more = listed.more;
    }
    co_return true;
}

}  // namespace

awaitable<result<personal_data::export_page>> export_tasks(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
) {
    auto at = read_cursor(cursor, user_id);
    if (!at) co_return at.error();
    personal_data::export_page page;
    if (cursor.empty()) page.json = "{\"tasks\":[";
    bool whole = true;
    if (at->schedule == still_at_tasks) {
        whole = co_await add_tasks(source, user_id, *at, page.json, until);
        if (whole) {
            page.json += "],\"schedules\":[";
            at->schedule = 0;
        }
    }
    if (whole) whole = co_await add_schedules(source, user_id, *at, page.json, until);
    if (whole) {
        page.json += "]}";
    } else {
        page.next_cursor = make_cursor(*at, user_id);
    }
    co_return page;
}

}  // namespace esm::tasks
