// See register_device.hpp.
#include "services/notifications/devices/register_device.hpp"

#include "services/notifications/own_things.hpp"

namespace esm::notifications {

awaitable<result<registered_device>> register_device(
    db::transaction& tx, const security::master_key& key, std::int64_t user_id, const new_device& given
) {
    if (const auto held = co_await hold_owner(tx, user_id); !held) co_return held.error();
    const bool known = co_await device_store::is_known(tx, user_id, given.target);
    if (!known && co_await device_store::count(tx, user_id) >= own_things_max) co_return too_many("devices");
    device_store::kept_device added;
    added.user_id = user_id;
    added.label = given.label;
    added.created_at = now_us();
    auto kept = co_await device_store::save(tx, key, std::move(added), given.target);
    co_return registered_device{std::move(kept), !known};
}

}  // namespace esm::notifications
