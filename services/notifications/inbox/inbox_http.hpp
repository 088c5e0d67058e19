// The routes of the own inbox: GET /notifications/stream, PUT and DELETE /notifications/{id}/read, POST
// /notifications/read.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_inbox_stream(notifications_http& deps, http::request& call);
awaitable<result<http::response>> put_read(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_read(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_read(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
