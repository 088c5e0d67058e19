// Making, changing and removing the endpoints of a user's webhooks, their secrets, and a test of one. A value
// of references, made for a request.
#pragma once

#include <functional>

#include "platform/base/context.hpp"
#include "services/notifications/accept_events.hpp"
#include "services/notifications/endpoints/endpoint_json.hpp"

namespace esm::notifications {

// What a webhook is sent where somebody tries it.
inline constexpr const char* webhook_test_type = "webhook.test.v1";

// What PATCH, DELETE and the like look at first, for preconditions.
using check_endpoint = std::function<result<void>(const endpoint_store::endpoint& before)>;

struct endpoint_with_secret {
    endpoint_store::endpoint what;
    std::string secret;
};

class manage_endpoints {
public:
    manage_endpoints(const security::master_key& key, accept_events& accepting)
        : key_(key), accepting_(accepting) {}

    // errc::conflict where the user has as many as one may have, errc::forbidden where the user is gone.
    awaitable<result<endpoint_with_secret>> create(db::transaction& tx, endpoint_store::endpoint wanted)
        const;

    // Of the following each answers errc::not_found for an unknown id and for another user's.

    awaitable<result<endpoint_store::endpoint>> change(
        db::transaction& tx,
        std::int64_t user_id,
        std::int64_t webhook_id,
        const endpoint_change& wanted,
        const check_endpoint& check
    ) const;

    awaitable<result<void>> remove(
        db::transaction& tx, std::int64_t user_id, std::int64_t webhook_id, const check_endpoint& check
    ) const;

    // A new secret; the one before signs beside it for a day.
    awaitable<result<endpoint_with_secret>> rotate(
        db::transaction& tx, std::int64_t user_id, std::int64_t webhook_id, const check_endpoint& check
    ) const;

    // The id of the notification that goes there. errc::conflict where the endpoint is disabled.
    awaitable<result<std::int64_t>> send_test(
        db::transaction& tx, const trace_context& trace, std::int64_t user_id, std::int64_t webhook_id
    ) const;

private:
    const security::master_key& key_;
    accept_events& accepting_;
};

// Also for one of somebody else: whether it exists is not the caller's to know.
error no_such_webhook(std::int64_t webhook_id);

}  // namespace esm::notifications
