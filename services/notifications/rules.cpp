// See rules.hpp.
#include "services/notifications/rules.hpp"

#include <algorithm>
#include <array>

#include "platform/base/utf8.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t text_max_bytes = 1000;

constexpr std::array<std::string_view, 3> user_fields{"userId", "username", "firstName"};
constexpr std::array<std::string_view, 7> task_fields{
    "taskId", "taskReference", "taskType", "attempt", "errorMessage", "completedAt", "processingTime"
};

constexpr std::array<std::string_view, 8> code_fields{
    "userId", "username", "firstName", "email", "purpose", "challengeId", "keyId", "expiresAt"
};

constexpr std::array<rule, 5> rules{{
    {"user.registered.v1", "email", "welcome", user_fields},
    {"task.completed.v1", "email", "task_completed", task_fields},
    {"task.failed.v1", "email", "task_failed", task_fields},
    {"user.verification_requested.v1", "email", "verify_email", code_fields, "email"},
    {"user.password_reset_requested.v1", "email", "reset_password", code_fields, "email"},
}};

}  // namespace

std::span<const rule> all_rules() {
    return rules;
}

bool has_rule(std::string_view event_type) {
    return std::any_of(rules.begin(), rules.end(), [&](const rule& each) {
        return each.event_type == event_type;
    });
}

boost::json::object pick_fields(const rule& of, const boost::json::object& entity) {
    boost::json::object picked;
    for (const auto name : of.fields) {
        const auto* found = entity.if_contains(name);
        if (found == nullptr || found->is_null() || found->is_object() || found->is_array()) continue;
        if (found->is_string()) {
            picked[name] = cut_utf8(found->get_string(), text_max_bytes);
        } else {
            picked[name] = *found;
        }
    }
    return picked;
}

}  // namespace esm::notifications
