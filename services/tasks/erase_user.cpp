// See erase_user.hpp.
#include "services/tasks/erase_user.hpp"

#include "platform/http/idempotency.hpp"
#include "platform/lease/lease.hpp"
#include "services/tasks/files/file_rows.hpp"
#include "services/tasks/schedules/schedule_store.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {
constexpr std::size_t tasks_a_batch_max = 500;
constexpr std::size_t files_a_batch_max = 500;
}  // namespace

awaitable<bool> erase_some(db::transaction& tx, std::int64_t user_id) {
    principal owner;
    owner.user_id = user_id;
    http::forget_answers(tx, http::idempotency_caller(owner));
    task_store::remove_known_user(tx, user_id);
    schedules::schedule_store::remove_of_user(tx, user_id);
    const auto ids = co_await task_store::ids_of_user(tx, user_id, tasks_a_batch_max);
    // The leases first, as claims and outcomes take them in this order too.
    co_await lease::drop(tx, ids);
    task_store::remove(tx, ids);
    const auto files = co_await file_rows::remove_of_user(tx, user_id, files_a_batch_max);
    const auto uploads = co_await file_rows::remove_uploads_of_user(tx, user_id, files_a_batch_max);
    if (files < files_a_batch_max && uploads < files_a_batch_max) file_rows::forget_usage(tx, user_id);
    co_return ids.size() == tasks_a_batch_max || files == files_a_batch_max || uploads == files_a_batch_max;
}

}  // namespace esm::tasks
