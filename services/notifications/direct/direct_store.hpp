// What sending by hand reads of notifications: the only place that names its queries. Stateless; every call
// takes the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/transaction.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications::direct_store {

// Oldest first; what is gone is left out.
awaitable<std::vector<notification>> find_all(db::transaction& tx, const std::vector<std::int64_t>& ids);
awaitable<std::vector<std::int64_t>> ids_of_event(db::transaction& tx, const std::string& event_id);

struct original {
    notification what;
    std::string model;                   // JSON text
    std::optional<std::string> content;  // JSON text
    bool waiting{false};                 // for its user's contact
};
awaitable<std::optional<original>> find_original(db::transaction& tx, std::int64_t id);

// Gives another one what a digest has gathered.
void copy_items(db::transaction& tx, const notification& from, std::int64_t to);

}  // namespace esm::notifications::direct_store
