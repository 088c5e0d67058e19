// GET and POST /schedules; GET, PATCH and DELETE /schedules/{id}; POST /schedules/{id}/run.
#pragma once

#include "platform/http/router.hpp"
#include "services/tasks/schedules/manage_schedules.hpp"

namespace esm::tasks::schedules {

struct schedules_http {
    manage_schedules& managing;
    db::database& database;
};

awaitable<result<http::response>> post_schedule(schedules_http& deps, http::request& call);
awaitable<result<http::response>> get_schedules(schedules_http& deps, http::request& call);
awaitable<result<http::response>> get_schedule(schedules_http& deps, http::request& call);
awaitable<result<http::response>> patch_schedule(schedules_http& deps, http::request& call);
awaitable<result<http::response>> delete_schedule(schedules_http& deps, http::request& call);
awaitable<result<http::response>> post_run(schedules_http& deps, http::request& call);

}  // namespace esm::tasks::schedules
