// Endpoints of webhooks as the contract has them, on the way in and on the way out. Pure.
#pragma once

#include <boost/json.hpp>

#include "platform/fetch/fetch.hpp"
#include "services/notifications/endpoints/endpoint_store.hpp"

namespace esm::notifications {

// {url, eventTypes?, description?, everyone?}. errc::malformed_request or errc::validation_failed name each
// wrong field, the URL too where `given` never lets it be asked.
result<endpoint_store::endpoint> decode_endpoint(const boost::json::object& body, const fetch::rules& given);

// What a PATCH names.
struct endpoint_change {
    std::optional<std::string> url, description;
    std::optional<std::vector<std::string>> event_types;
    std::optional<bool> enabled;
};

// The same errors.
result<endpoint_change> decode_endpoint_change(const boost::json::object& body, const fetch::rules& given);

// `secret` is shown where it is not empty.
boost::json::object to_json(const endpoint_store::endpoint& shown, const std::string& secret = {});

}  // namespace esm::notifications
