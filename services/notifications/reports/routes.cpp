// See routes.hpp.
#include "services/notifications/reports/routes.hpp"

#include "services/notifications/reports/sms_report_http.hpp"
#include "services/notifications/reports/sms_report_url.hpp"

namespace esm::notifications {

std::vector<http::route> report_routes(notifications_http& deps) {
    return {{"POST", sms_report_path, http::open_to_all, http::bind(post_sms_report, deps)}};
}

}  // namespace esm::notifications
