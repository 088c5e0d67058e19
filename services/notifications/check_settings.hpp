// What is wrong with the settings and can be told before anything starts.
#pragma once

#include "services/notifications/config.hpp"

namespace esm::notifications {

// config::invalid_configuration with a line for each setting that is wrong: its name and what it must be.
void check_settings(const config& given);

}  // namespace esm::notifications
