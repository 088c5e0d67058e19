// The projection of user-registration-events: which users exist, and nothing personal about them; whoever is
// deleted is erased.
#pragma once

#include "platform/events/event.hpp"
#include "platform/personal_data/erasure.hpp"

namespace esm::tasks {

class known_users {
public:
    explicit known_users(personal_data::erasure& erasing) : erasing_(erasing) {}

    // Events of other types are passed over; one without a usable userId can never be applied.
    awaitable<result<void>> apply(db::transaction& tx, const events::event& cause);

private:
    personal_data::erasure& erasing_;
};

}  // namespace esm::tasks
