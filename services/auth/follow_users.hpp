// What auth does about users: what their events end. A new password, a lock or other roles end every session
// and API key of before (by the credential epoch); a deletion erases what is kept of the user besides.
#pragma once

#include "platform/events/event.hpp"
#include "services/auth/end_sessions.hpp"

namespace esm::auth {

class follow_users {
public:
    explicit follow_users(const end_sessions& ending) : ending_(ending) {}

    // Within the consumer's transaction. An error: the event can never be applied.
    awaitable<result<void>> apply(db::transaction& tx, const events::event& cause) const;

private:
    awaitable<void> erase(db::transaction& tx, std::int64_t user_id, const trace_context& trace) const;

    const end_sessions& ending_;
};

}  // namespace esm::auth
