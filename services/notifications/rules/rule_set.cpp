// See rule_set.hpp.
#include "services/notifications/rules/rule_set.hpp"

#include "services/notifications/templates/event_fields.hpp"

namespace esm::notifications {

namespace {

using channels = std::vector<rule::channel_default>;

rule shipped(std::string_view event_type, channels on, bool critical) {
    rule made;
    made.event_type = event_type;
    made.channels = std::move(on);
    made.critical = critical;
    for (const auto& each : find_event_fields(event_type)->fields) made.fields.emplace_back(each.name);
    return made;
}

// A code proves an address, so it goes there alone.
rule code(std::string_view event_type) {
    auto made = shipped(event_type, {{"email", true}}, true);
    made.recipient_field = "email";
    for (const auto* each : {"challengeId", "keyId"}) made.fields.emplace_back(each);  // for mailed_code.hpp
    return made;
}

}  // namespace

std::vector<rule> shipped_rules() {
    // A text message costs money: users ask for it. Push goes to whoever has registered a device.
    const channels everywhere{{"email", true}, {"in_app", true}, {"push", true}, {"sms", false}};
    return {
        shipped("user.registered.v1", {{"email", true}, {"in_app", true}}, false),
        code("user.verification_requested.v1"),
        code("user.password_reset_requested.v1"),
        shipped("user.password_changed.v1", everywhere, true),
        shipped(new_sign_in_type, everywhere, true),
        shipped("task.completed.v1", everywhere, false),
        shipped("task.failed.v1", everywhere, false),
        shipped("task.timed_out.v1", everywhere, false),
    };
}

rule over_shipped(rule stored) {
    for (auto& each : shipped_rules()) {
        if (each.event_type != stored.event_type) continue;
        stored.fields = std::move(each.fields);
        stored.user_field = std::move(each.user_field);
        stored.recipient_field = std::move(each.recipient_field);
    }
    return stored;
}

rule_set::rule_set(std::vector<rule> stored) {
    for (auto& each : shipped_rules()) {
        auto type = each.event_type;
        rules_.insert_or_assign(std::move(type), std::move(each));
    }
    for (auto& each : stored) {
        auto type = each.event_type;
        rules_.insert_or_assign(std::move(type), over_shipped(std::move(each)));
    }
}

const rule* rule_set::find(std::string_view event_type) const {
    const auto found = rules_.find(event_type);
    return found == rules_.end() ? nullptr : &found->second;
}

std::vector<rule> rule_set::all() const {
    std::vector<rule> listed;
    for (const auto& [type, each] : rules_) listed.push_back(each);
    return listed;
}

}  // namespace esm::notifications
