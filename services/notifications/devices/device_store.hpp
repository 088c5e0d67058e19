// The devices that push messages go to, in NOTIFICATIONS: the only place that names their queries. What a
// device is written to by is sealed, since whoever has it can write to the device. Stateless.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/push/device.hpp"

namespace esm::notifications::device_store {

struct kept_device {
    std::int64_t device_id{0};
    std::int64_t user_id{0};
    std::string kind;   // "web_push", "fcm"
    std::string label;  // as its owner calls it; may be empty
    instant_us created_at{0};
};

// Whether the user has the device already.
awaitable<bool> is_known(db::transaction& tx, std::int64_t user_id, const device& target);
// The same device of the same user again keeps its id. One that was another user's is the given user's from
// now on, under a new id: what waits for the other user does not go there.
awaitable<kept_device> save(
    db::transaction& tx, const security::master_key& key, kept_device added, const device& target
);
awaitable<std::size_t> count(db::transaction& tx, std::int64_t user_id);
// Oldest first, ids above `after`, up to `limit`.
awaitable<std::vector<kept_device>> list(
    db::database& source, std::int64_t user_id, std::int64_t after, std::size_t limit, deadline until
);
// Whether it was there and the user's.
awaitable<bool> remove(db::transaction& tx, std::int64_t user_id, std::int64_t device_id);
// It takes no messages any more.
void remove_dead(db::transaction& tx, std::int64_t device_id);

// Nothing where it was removed. Throws std::runtime_error where it was sealed with another key.
awaitable<std::optional<device>> find(
    db::database& source, const security::master_key& key, std::int64_t device_id, deadline until
);

std::string kind_of(const device& target);

}  // namespace esm::notifications::device_store
