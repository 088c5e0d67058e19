// The events of this service, on `auth-events` (contracts/asyncapi.yaml). Sessions are keyed by their id; no
// token and no password is ever in one.
#pragma once

#include "platform/events/event.hpp"
#include "services/auth/key_ring.hpp"
#include "services/auth/session.hpp"

namespace esm::auth {

inline constexpr std::string_view auth_topic = "auth-events";

events::event login_succeeded(const session& opened, const trace_context& trace);

// What was typed as the name is there as login_limits::identifier_hash only.
events::event login_failed(const std::string& identifier_hash, const trace_context& trace);

// `reason`: "logout", "ended_by_user", "refresh_reuse", "user.locked" and the like. `ended` holds the version
// after the change; of an API key or a client the id stands in place of the session's.
events::event session_revoked(const session& ended, std::string_view reason, const trace_context& trace);

// A key was published that will sign from then on.
events::event key_rotated(const rotation& next, const trace_context& trace);

events::event refresh_reuse_detected(const session& of, const trace_context& trace);

}  // namespace esm::auth
