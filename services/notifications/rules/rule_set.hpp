// The rules in force: the shipped ones, overlaid by what administrators have stored. Immutable; a change
// makes a new one.
#pragma once

#include <map>
#include <vector>

#include "services/notifications/rules/rule.hpp"

namespace esm::notifications {

class rule_set {
public:
    // A stored rule overlays a shipped one of its event type: see over_shipped.
    explicit rule_set(std::vector<rule> stored);

    // nullptr: no message comes of such an event.
    const rule* find(std::string_view event_type) const;
    // By event type.
    std::vector<rule> all() const;

private:
    std::map<std::string, rule, std::less<>> rules_;
};

// What comes of a login from a place that the user has not logged in from (accept_events.hpp).
inline constexpr std::string_view new_sign_in_type = "auth.new_sign_in.v1";

std::vector<rule> shipped_rules();

// The rule as it counts: over a shipped one it says channels and whether they are critical, the rest stands.
rule over_shipped(rule stored);

}  // namespace esm::notifications
