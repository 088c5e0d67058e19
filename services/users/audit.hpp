// The audit: who did what to whom, one entry a change, in the transaction of that change. Entries are never
// changed and never deleted, so they hold ids and field names but no personal data.
#pragma once

#include <boost/json.hpp>

#include "platform/base/context.hpp"
#include "platform/db/transaction.hpp"

namespace esm::users {

struct audit_entry {
    std::int64_t entry_id{0};
    instant_us at{0};
    std::optional<std::int64_t> actor_id;  // the user who did it; nothing for a visitor or a client
    std::optional<std::string> client_id;  // the OAuth client that did it
    std::string action;                    // "user.locked"; the event's type without its version
    std::int64_t subject_id{0};            // the user it was done to
    boost::json::object details;
    std::string request_id;
};

class audit {
public:
    // Queued in the caller's transaction.
    awaitable<void> append(
        const context& ctx,
        db::transaction& tx,
        std::string_view action,
        std::int64_t subject_id,
        boost::json::object details = {}
    );
};

}  // namespace esm::users
