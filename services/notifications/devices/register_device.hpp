// Takes a device that push messages are to go to.
#pragma once

#include "services/notifications/devices/device_json.hpp"

namespace esm::notifications {

struct registered_device {
    device_store::kept_device kept;
    bool made{true};  // false: the user had it already
};

// errc::conflict where the user has as many as one may have, errc::forbidden where the user is gone.
awaitable<result<registered_device>> register_device(
    db::transaction& tx, const security::master_key& key, std::int64_t user_id, const new_device& given
);

}  // namespace esm::notifications
