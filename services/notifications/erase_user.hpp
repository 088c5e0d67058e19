// What the notification service does about users who are gone: contact, notifications, what their templates
// were given, attempts and leases are erased, and no later event of the user writes anything.
#pragma once

#include "platform/events/event.hpp"
#include "platform/personal_data/erasure.hpp"

namespace esm::notifications {

class erase_user {
public:
    erase_user(async::runtime& runtime, db::database& database);

    static bool tells_a_deletion(std::string_view event_type) { return event_type == "user.deleted.v1"; }

    // In the consumer's transaction. Whether nothing more is to be done about the event: it told of the
    // deletion, which is begun, or it is about a user who is gone.
    awaitable<bool> settles(db::transaction& tx, const events::event& cause, std::int64_t user_id);

    void start() { erasing_.start(); }
    awaitable<void> stop() { return erasing_.stop(); }

private:
    personal_data::erasure erasing_;
};

}  // namespace esm::notifications
