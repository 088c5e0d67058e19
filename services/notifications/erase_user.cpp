// See erase_user.hpp.
#include "services/notifications/erase_user.hpp"

#include "platform/http/idempotency.hpp"
#include "platform/lease/lease.hpp"
#include "services/notifications/dead_letters/store.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t notifications_a_batch_max = 500;

// A delivery that runs loses its lease, and its outcome changes nothing.
awaitable<bool> erase_some(db::transaction& tx, std::int64_t user_id) {
    principal gone;
    gone.user_id = user_id;
    http::forget_answers(tx, http::idempotency_caller(gone));
    // First what a redrive locks first.
    dead_letters::store::remove_events_of_user(tx, user_id);
    const auto ids = co_await notification_store::ids_of_user(tx, user_id, notifications_a_batch_max);
    suppression_store::remove_of_user(tx, user_id, ids);
    notification_store::remove_person(tx, user_id);
    co_await lease::drop(tx, ids);
    notification_store::remove(tx, ids);
    co_return ids.size() == notifications_a_batch_max;
}

}  // namespace

erase_user::erase_user(async::runtime& runtime, db::database& database)
    : erasing_(runtime, database, "notifications", erase_some) {}

}  // namespace esm::notifications
