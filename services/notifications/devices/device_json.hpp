// Devices as the contract has them, on the way in and on the way out. Pure.
#pragma once

#include <boost/json.hpp>

#include "platform/fetch/fetch.hpp"
#include "services/notifications/devices/device_store.hpp"

namespace esm::notifications {

struct new_device {
    device target;
    std::string label;
};

// {kind, subscription | token, label?}. errc::malformed_request or errc::validation_failed name each wrong
// field, the endpoint of a subscription too where `given` never lets it be asked.
result<new_device> decode_device(const boost::json::object& body, const fetch::rules& given);

boost::json::object to_json(const device_store::kept_device& shown);

}  // namespace esm::notifications
