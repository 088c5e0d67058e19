// The events of this service, on `user-registration-events`, keyed by the user's id
// (contracts/asyncapi.yaml). All but the deletion hold the public user with `state` and `credentialEpoch`, by
// which the auth service knows whose tokens have ended.
#pragma once

#include "platform/events/event.hpp"
#include "services/users/challenge.hpp"
#include "services/users/user.hpp"

namespace esm::users {

inline constexpr std::string_view user_topic = "user-registration-events";

events::event user_registered(const user& registered, const trace_context& trace);
events::event user_updated(const user& changed, const trace_context& trace);
events::event user_email_verified(const user& changed, const trace_context& trace);

// `reason`: "changed" by its owner, or "reset" through the e-mail address.
events::event user_password_changed(const user& changed, std::string_view reason, const trace_context& trace);
events::event user_locked(const user& changed, const trace_context& trace);
events::event user_unlocked(const user& changed, const trace_context& trace);
events::event user_roles_changed(const user& changed, const trace_context& trace);

// A code is to be mailed to the challenge's address: user.verification_requested.v1 or
// user.password_reset_requested.v1. The code follows from the challenge's id and the key that `key_id` names.
events::event user_code_requested(
    const user& who, const challenge& opened, const std::string& key_id, const trace_context& trace
);

// Holds nothing but the id and the instant: whoever keeps something of the user erases it.
events::event user_deleted(const user& gone, instant_us at, const trace_context& trace);

}  // namespace esm::users
