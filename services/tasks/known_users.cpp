// See known_users.hpp.
#include "services/tasks/known_users.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

awaitable<result<void>> known_users::apply(db::transaction& tx, const events::event& cause) {
    const bool deleted = cause.type == "user.deleted.v1";
    if (!deleted && cause.type != "user.registered.v1") co_return result<void>();
    const auto user = json::parse_object(cause.data);
    if (!user) co_return user.error();
    const auto* id = user->if_contains("userId");
    if (!id || !id->is_int64() || id->get_int64() <= 0) {
        co_return fail(errc::malformed_request, "userId is not a positive integer");
    }
    const auto user_id = id->get_int64();
    if (deleted) {
        co_await erasing_.begin(tx, user_id);
    } else if ((co_await personal_data::erased_among(tx, {user_id})).empty()) {
        task_store::add_known_user(tx, user_id, cause.time);
    }
    co_return result<void>();
}

}  // namespace esm::tasks
