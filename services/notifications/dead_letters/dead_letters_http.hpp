// The REST handlers of dead letters, for administrators: reading, editing, discarding and redriving them.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications::dead_letters {

awaitable<result<http::response>> get_dead_letters(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_dead_letter(notifications_http& deps, http::request& call);
awaitable<result<http::response>> patch_dead_letter(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_dead_letter(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_redrive(notifications_http& deps, http::request& call);

}  // namespace esm::notifications::dead_letters
