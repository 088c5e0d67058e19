// Where a provider of text messages tells what became of them. Its signature covers this very text, so that
// it is made in one place.
#pragma once

#include <string>
#include <string_view>

namespace esm::notifications {

inline constexpr std::string_view sms_report_path = "/api/v1/eventstreammonitor/notifications/callbacks/sms";

// Empty where nobody outside can reach us.
inline std::string sms_report_url(const std::string& public_url) {
    return public_url.empty() ? std::string() : public_url + std::string(sms_report_path);
}

}  // namespace esm::notifications
