// All templates at one moment: the shipped ones, overlaid by those that administrators have stored.
// Immutable; its owner makes a new one when a stored template changes and shares it between the shards.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "services/notifications/templates/message_template.hpp"

namespace esm::notifications {

struct stored_template {
    std::string event_type, channel, locale;
    std::int64_t version{1};
    part_texts parts;
};

class template_set {
public:
    // Of several versions of one template the highest counts.
    template_set(std::vector<stored_template> stored, std::string default_locale);

    // The template of the best-matching locale (see fallback_locales), the stored one before the shipped one;
    // nullptr where there is none. The template outlives the set as long as it is held.
    std::shared_ptr<const message_template> find(
        std::string_view event_type, std::string_view channel, std::string_view locale
    ) const;

    // Stored templates that could not be rendered and are left out, and why; for the log. Only what was not
    // checked by lint() before it was stored stands here.
    const std::vector<std::string>& refused() const { return refused_; }

private:
    void add_stored(stored_template& given);

    std::string default_locale_;
    std::unordered_map<std::string, std::shared_ptr<const message_template>> by_key_;
    std::vector<std::string> refused_;
};

}  // namespace esm::notifications
