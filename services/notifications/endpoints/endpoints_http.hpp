// POST and GET /notifications/webhooks; GET, PATCH and DELETE /notifications/webhooks/{id}; POST
// /notifications/webhooks/{id}/secret and …/test.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> post_webhook(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_webhooks(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_webhook(notifications_http& deps, http::request& call);
awaitable<result<http::response>> patch_webhook(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_webhook(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_webhook_secret(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_webhook_test(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
