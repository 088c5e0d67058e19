// The endpoints that users' webhooks go to, in NOTIFICATIONS: the only place that names their queries.
// Secrets are sealed. Stateless.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/webhooks/webhook_channel.hpp"

namespace esm::notifications::endpoint_store {

struct endpoint {
    std::int64_t webhook_id{0};
    std::int64_t user_id{0};
    std::int64_t version{1};
    std::string url;
    std::vector<std::string> event_types;  // empty: every one
    std::string description;
    bool everyone{false};  // events of all users, not of its owner alone
    std::optional<std::string> disabled_reason;
    std::optional<instant_us> previous_until;  // so long the secret before the last rotation is good
    instant_us created_at{0};

    bool operator==(const endpoint&) const = default;
};

awaitable<std::int64_t> insert(
    db::transaction& tx, const security::master_key& key, const endpoint& added, const std::string& secret
);
awaitable<std::size_t> count(db::transaction& tx, std::int64_t user_id);
// Of the user, oldest first, ids above `after`, up to `limit`.
awaitable<std::vector<endpoint>> list(
    db::database& source, std::int64_t user_id, std::int64_t after, std::size_t limit, deadline until
);
awaitable<std::optional<endpoint>> find(db::database& source, std::int64_t webhook_id, deadline until);
// Locked until the transaction ends.
awaitable<std::optional<endpoint>> lock(db::transaction& tx, std::int64_t webhook_id);
// Everything but owner and secrets.
void update(db::transaction& tx, const endpoint& changed);
// The secret so far stays good until then, beside the new one.
void rotate(
    db::transaction& tx,
    const security::master_key& key,
    std::int64_t webhook_id,
    const std::string& secret,
    instant_us previous_until
);
void remove(db::transaction& tx, std::int64_t webhook_id);
// Nothing goes there any more until its owner enables it.
void disable(db::transaction& tx, std::int64_t webhook_id, const std::string& reason);

// What a delivery needs; nothing where it was removed.
awaitable<std::optional<webhook_endpoint>> find_target(
    db::database& source, const security::master_key& key, std::int64_t webhook_id, deadline until
);

}  // namespace esm::notifications::endpoint_store
