// The task type noop: does nothing, or nothing for a while. For probes of the whole way a task goes, and for
// benches.
#pragma once

#include <memory>

#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks::noop {

inline constexpr std::string_view type_name = "noop";

std::unique_ptr<handler> make_handler();

}  // namespace esm::tasks::noop
