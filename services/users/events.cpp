// See events.hpp.
#include "services/users/events.hpp"

namespace esm::users {

events::event user_registered(const user& registered, const trace_context& trace) {
    return events::make_event(
        user_topic,
        "user.registered.v1",
        "/users",
        std::to_string(registered.user_id),
        registered.version,
        boost::json::serialize(to_json(registered)),
        trace
    );
}

}  // namespace esm::users
