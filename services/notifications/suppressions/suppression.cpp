// See suppression.hpp.
#include "services/notifications/suppressions/suppression.hpp"

#include "platform/http/text.hpp"

namespace esm::notifications {

std::string normal_address(std::string_view address) {
    return http::lower_case(address);
}

boost::json::object to_json(const suppression& shown) {
    return {
        {"channel", shown.channel},
        {"address", shown.address},
        {"reason", shown.reason},
        {"until", format_instant(shown.until)},
        {"createdAt", format_instant(shown.created_at)},
    };
}

}  // namespace esm::notifications
