// Time zones of the system's IANA database (tzdata), by name. Loaded once each and kept for the life of the
// process; a newer tzdata is read at the next start.
#pragma once

#include <absl/time/time.h>

#include <string_view>

#include "platform/base/result.hpp"

namespace esm::calendar {

// "UTC", "Europe/Vienna". errc::validation_failed for a name that the database does not have. Never opens a
// file outside of it.
result<absl::TimeZone> find_zone(std::string_view name);

}  // namespace esm::calendar
