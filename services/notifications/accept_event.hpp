// Takes an event in: keeps contacts up to date and writes a notification with its lease for each rule that
// fits, in the consumer's transaction. Nothing is sent here.
#pragma once

#include <functional>

#include "platform/db/transaction.hpp"
#include "platform/events/event.hpp"
#include "services/notifications/erase_user.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/rules.hpp"

namespace esm::notifications {

class accept_event {
public:
    // `wake`: called after a commit that left something to deliver.
    accept_event(erase_user& erasing, std::function<void()> wake)
        : erasing_(erasing), wake_(std::move(wake)) {}

    // errc::malformed_request for an event that no retry can make readable (it goes to the dead letters).
    awaitable<result<void>> apply(db::transaction& tx, const events::event& cause);

private:
    awaitable<void> learn_contact(db::transaction& tx, const contact& known);
    awaitable<result<void>> notify(
        db::transaction& tx,
        const rule& by,
        const events::event& cause,
        std::int64_t user_id,
        const boost::json::object& entity
    );
    awaitable<void> release(db::transaction& tx, std::int64_t user_id);
    void enqueue(db::transaction& tx, std::int64_t notification_id, std::string channel);

    erase_user& erasing_;
    std::function<void()> wake_;
};

}  // namespace esm::notifications
