// See list_tasks.hpp.
#include "services/tasks/list_tasks.hpp"

#include <fmt/format.h>

namespace esm::tasks {

std::string filter_text(const task_store::filter& which) {
    // The tag comes last, since it alone may hold any character.
    return fmt::format(
        "{};{};{};{};{};{};{};{}",
        which.user_id.value_or(0),
        which.status ? name_of(*which.status) : "",
        which.priority ? name_of(*which.priority) : "",
        which.type,
        which.queue,
        which.created_from,
        which.created_before,
        which.tag
    );
}

awaitable<task_page> list_tasks(
    db::database& source, const task_store::filter& which, const http::page& where, deadline until
) {
    task_store::place after;
    if (where.after.size() == cursor_keys) after = {where.after[0], where.after[1]};
    const auto limit = static_cast<std::size_t>(where.limit);
    task_page page;
    auto found = co_await task_store::list(source, which, after, limit, until);
    page.tasks = std::move(found.tasks);
    if (found.more) {
        const auto& last = page.tasks.back();
        page.next_cursor = http::make_cursor({last.created_at, last.id}, filter_text(which));
    }
    co_return page;
}

}  // namespace esm::tasks
