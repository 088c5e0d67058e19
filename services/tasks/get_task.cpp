// See get_task.hpp.
#include "services/tasks/get_task.hpp"

#include "services/tasks/access.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

awaitable<std::vector<std::pair<std::int64_t, task>>> read_by_id(
    db::database& source, deadline until, std::vector<std::int64_t> ids
) {
    std::vector<std::pair<std::int64_t, task>> found;
    if (ids.size() == 1) {
        auto one = co_await task_store::find(source, ids.front(), until);
        if (one) found.emplace_back(ids.front(), std::move(*one));
        co_return found;
    }
    auto tasks = co_await task_store::find_many(source, std::move(ids), until);
    found.reserve(tasks.size());
    for (auto& each : tasks) {
        const auto id = each.id;
        found.emplace_back(id, std::move(each));
    }
    co_return found;
}

}  // namespace

get_task::get_task(async::runtime& runtime, db::database& source)
    : reads_(
          runtime,
          [&source](deadline until, std::vector<std::int64_t> ids) {
              return read_by_id(source, until, std::move(ids));
          },
          {}
      ) {}

awaitable<result<task>> get_task::run(std::int64_t id, std::optional<std::int64_t> visible, deadline until) {
    auto found = co_await reads_.get(id, until);
    if (!found) co_return found.error();
    if (!*found || !may_see(visible, **found)) co_return no_such_task(id);
    co_return std::move(**found);
}

}  // namespace esm::tasks
