// What the notification service does about users who are gone: contact, wishes, devices, endpoints, places of
// sign-ins and suppressed addresses are erased, and so are notifications to them and those that tell others
// of them, with what they say, attempts and leases. No later event of the user writes anything.
#pragma once

#include "platform/personal_data/erasure.hpp"

namespace esm::notifications {

class erase_user {
public:
    erase_user(async::runtime& runtime, db::database& database);

    static bool tells_a_deletion(std::string_view event_type) { return event_type == "user.deleted.v1"; }

    // In the consumer's transaction; the same again changes nothing.
    awaitable<void> begin(db::transaction& tx, std::int64_t user_id) { return erasing_.begin(tx, user_id); }

    void start() { erasing_.start(); }
    awaitable<void> stop() { return erasing_.stop(); }

private:
    personal_data::erasure erasing_;
};

}  // namespace esm::notifications
