// What a schedule's owner says, as JSON: the body of POST /schedules, and what PATCH merges into.
#pragma once

#include <boost/json.hpp>

#include "services/tasks/schedules/schedule.hpp"

namespace esm::tasks::schedules {

// Types and lengths; rules are manage_schedules'. errc::malformed_request or validation_failed with every
// field.
result<definition> decode_definition(const boost::json::object& body);

// Whether a patch (see merge_patch) of some schedule may be one: the same errors, whatever the schedule says.
result<void> check_patch(const boost::json::object& patch);

boost::json::object to_object(const definition& says);

// RFC 7396: null takes a member away, an object is merged member by member, anything else replaces.
void merge_patch(boost::json::object& target, const boost::json::object& patch);

}  // namespace esm::tasks::schedules
