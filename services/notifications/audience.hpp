// Whom a batch of events is about: what is known of each user, what they wish, where their devices and
// endpoints are. Read in the transaction that writes their notifications.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "platform/db/transaction.hpp"
#include "services/notifications/contact.hpp"
#include "services/notifications/preferences/preferences.hpp"

namespace esm::notifications {

struct audience_member {
    std::optional<contact> known;
    preferences wishes;
    std::vector<std::int64_t> devices;  // ids
};

struct audience_webhook {
    std::int64_t webhook_id{0}, user_id{0};
    bool everyone{false};                  // events of all users
    std::vector<std::string> event_types;  // empty: every one

    bool wants(std::string_view event_type, std::int64_t about) const;
};

struct audience {
    std::unordered_map<std::int64_t, audience_member> members;  // by user id
    std::vector<audience_webhook> webhooks;                     // enabled ones

    // Somebody of whom nothing is known where the user is none of the members.
    const audience_member& at(std::int64_t user_id) const;
};

// Whether there is any endpoint at all: else events without a rule need not even be read.
awaitable<bool> has_webhooks(db::transaction& tx);

awaitable<audience> load_audience(
    db::transaction& tx, std::vector<std::int64_t> user_ids, bool with_webhooks
);

// The document in the database; empty wishes where it cannot be read.
preferences read_wishes(std::string_view body);

}  // namespace esm::notifications
