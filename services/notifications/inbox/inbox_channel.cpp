// See inbox_channel.hpp.
#include "services/notifications/inbox/inbox_channel.hpp"

namespace esm::notifications {

std::string inbox_content(const rendered& message) {
    return boost::json::serialize(boost::json::object{{"body", message.text}});
}

}  // namespace esm::notifications
