// POST /notifications and POST /notifications/{id}/resend.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

// With escapes of JSON, the largest mail that the rules allow.
inline constexpr std::size_t message_body_max_bytes = 512 * 1024;

awaitable<result<http::response>> post_notification(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_resend(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
