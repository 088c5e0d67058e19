// GET /schedules/preview: when a schedule would run, before there is one.
#pragma once

#include "platform/http/message.hpp"

namespace esm::tasks::schedules {

awaitable<result<http::response>> get_preview(http::request& call);

}  // namespace esm::tasks::schedules
