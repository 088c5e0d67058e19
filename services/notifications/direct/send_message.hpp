// Sends what somebody asks for, for REST and gRPC: writes the notifications and their leases, as an event's.
// Made once a service; any shard.
#pragma once

#include "platform/base/context.hpp"
#include "services/notifications/accept_events.hpp"
#include "services/notifications/direct/new_message.hpp"

namespace esm::notifications {

class send_message {
public:
    send_message(accept_events& accepting, const catalogue& texts) : accepting_(accepting), texts_(texts) {}

    // Answers what it became: one of each device for push, else one; of an event what its rule and the user's
    // wishes say, also nothing. `event_id` names the request: sent again, it answers the first one's. Breaks
    // of rules are errc::validation_failed that names each field.
    awaitable<result<std::vector<notification>>> run(
        db::transaction& tx, const trace_context& trace, const std::string& event_id, const new_message& given
    );

private:
    awaitable<result<std::vector<std::int64_t>>> write(
        db::transaction& tx, const trace_context& trace, const std::string& event_id, const own_words& given
    );
    awaitable<result<std::vector<std::int64_t>>> write(
        db::transaction& tx,
        const trace_context& trace,
        const std::string& event_id,
        const imitated_event& given
    );

    accept_events& accepting_;
    const catalogue& texts_;
};

}  // namespace esm::notifications
