// What the REST handlers of notifications share.
#pragma once

#include "platform/db/database.hpp"
#include "platform/http/router.hpp"
#include "platform/security/revocations.hpp"
#include "services/notifications/accept_events.hpp"
#include "services/notifications/channels.hpp"
#include "services/notifications/direct/resend_message.hpp"
#include "services/notifications/direct/send_message.hpp"
#include "services/notifications/inbox/mark_read.hpp"

namespace esm::notifications {

struct notifications_http {
    async::runtime& runtime;
    db::database& database;
    const config& settings;
    const security::master_key& key;
    const security::revocations& revoked;
    catalogue& texts;
    accept_events& accepting;
    channels& carriers;
    outbox::outbox& outbox;
    inbox_watch& inboxes;
    mark_read& reading;
    send_message& sending;
    resend_message& resending;
};

// Whose notifications the caller may see: the own ones, or everybody's (nothing) with notifications:admin. A
// client has none: what went to nobody's account, of user 0, is not its own.
inline std::optional<std::int64_t> visible_to(const http::request& call) {
    if (call.ctx.caller->has_scope("notifications:admin")) return std::nullopt;
    constexpr std::int64_t nobody = -1;
    return call.ctx.caller->user_id == 0 ? nobody : call.ctx.caller->user_id;
}

}  // namespace esm::notifications
