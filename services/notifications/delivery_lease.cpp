// See delivery_lease.hpp.
#include "services/notifications/delivery_lease.hpp"

namespace esm::notifications {

namespace {

// All endpoints that one user may have, and all of them hanging, leave places to the others
// (webhook_slots_max).
constexpr std::int32_t at_once_to_an_endpoint = 8;

}  // namespace

lease::work delivery_lease(const deliverable& what) {
    lease::work made;
    made.id = what.notification_id;
    made.pool = what.channel;
    made.queue = what.channel;
    made.tenant = what.user_id;
    made.run_at = what.due;
    if (what.channel == "webhook") {
        made.concurrency_key = "webhook:" + what.recipient;
        made.concurrency_limit = at_once_to_an_endpoint;
    }
    return made;
}

}  // namespace esm::notifications
