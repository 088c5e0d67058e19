// A browser's push subscription: where its push service takes messages and the keys that encrypt them (W3C
// Push API; RFC 8291 section 3). A value: read from the API, kept in a device's row.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "platform/base/result.hpp"

namespace esm::notifications {

struct web_push_subscription {
    std::string endpoint;
    std::string p256dh;  // the browser's public key: an uncompressed point on P-256, 65 bytes
    std::string auth;    // the secret it shares with who sends, 16 bytes

    bool operator==(const web_push_subscription&) const = default;
};

// As PushSubscription.toJSON() gives it: {endpoint, keys: {p256dh, auth}}; expirationTime is ignored.
// errc::malformed_request or errc::validation_failed name each wrong field. Asks no network.
result<web_push_subscription> read_subscription(const boost::json::object& given);

// The same form back, for the device's row.
// Both errors of one document as one, so that all wrong fields are told at once.
std::optional<error> joined(std::optional<error> outer, std::optional<error> inner);

boost::json::object to_json(const web_push_subscription& shown);

}  // namespace esm::notifications
