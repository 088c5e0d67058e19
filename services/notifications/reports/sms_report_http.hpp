// POST /notifications/callbacks/sms: a provider's status call-back, which its signature proves.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> post_sms_report(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
