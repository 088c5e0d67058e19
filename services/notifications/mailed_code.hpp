// The code and the link's token of a mail that proves an address: derived when the mail is written, from the
// challenge in the event, so that they are kept nowhere.
#pragma once

#include <boost/json.hpp>

#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"
#include "platform/security/sealed.hpp"

namespace esm::notifications {

// Adds `code` and `token` to the fields of an event that has a `challengeId`; leaves others alone.
// errc::deadline_exceeded when the challenge is over, errc::internal when the event is of another key.
result<void> add_code(boost::json::object& fields, const security::master_key& key, instant_us now);

}  // namespace esm::notifications
