// Sends again what a notification said, to the same recipient: a new notification that names the old one.
// Made once a service; any shard.
#pragma once

#include "platform/base/context.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/accept_events.hpp"

namespace esm::notifications {

class resend_message {
public:
    resend_message(accept_events& accepting, const security::master_key& key)
        : accepting_(accepting), key_(key) {}

    // errc::not_found; errc::conflict where it has not ended yet, where its user did not want it, or where it
    // is about a code that is over.
    awaitable<result<notification>> run(db::transaction& tx, const trace_context& trace, std::int64_t id);

private:
    accept_events& accepting_;
    const security::master_key& key_;
};

}  // namespace esm::notifications
