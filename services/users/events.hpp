// The events of this service, on `user-registration-events`, keyed by the user's id
// (contracts/asyncapi.yaml).
#pragma once

#include "platform/events/event.hpp"
#include "services/users/user.hpp"

namespace esm::users {

inline constexpr std::string_view user_topic = "user-registration-events";

events::event user_registered(const user& registered, const trace_context& trace);

}  // namespace esm::users
