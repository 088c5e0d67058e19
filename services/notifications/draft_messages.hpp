// Which notifications an event becomes, by its rule and the user's wishes. Pure: what is known comes in,
// drafts go out.
#pragma once

#include <vector>

#include "platform/events/event.hpp"
#include "services/notifications/audience.hpp"
#include "services/notifications/catalogue/catalogue.hpp"
#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

// An event that somebody is to hear of.
struct incoming {
    const events::event* cause{nullptr};
    const rule* by{nullptr};  // null: for endpoints alone
    std::string event_type;   // the rule's, or the event's own
    boost::json::object entity;
    std::int64_t user_id{0};  // 0: about nobody
};

struct drafted {
    notification_store::draft what;
    std::chrono::minutes digest{0};  // gathered for so long; 0: it goes out by itself
};

struct drafting {
    const catalogue::snapshot& texts;
    const std::string& public_url;
    instant_us now{0};
};

// errc::malformed_request where the event names a recipient that is no address.
result<std::vector<drafted>> draft_messages(const drafting& with, const incoming& of, const audience& all);

}  // namespace esm::notifications
