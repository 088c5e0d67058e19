// See known_users.hpp.
#include "services/tasks/known_users.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

awaitable<result<void>> note_user(db::transaction& tx, const events::event& cause) {
    if (cause.type != "user.registered.v1") co_return result<void>();
    const auto user = json::parse_object(cause.data);
    if (!user) co_return user.error();
    const auto* id = user->if_contains("userId");
    if (!id || !id->is_int64() || id->get_int64() <= 0) {
        co_return fail(errc::malformed_request, "userId is not a positive integer");
    }
    task_store::add_known_user(tx, id->get_int64(), cause.time);
    co_return result<void>();
}

}  // namespace esm::tasks
