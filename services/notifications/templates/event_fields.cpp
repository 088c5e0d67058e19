// See event_fields.hpp. The payloads are those of contracts/asyncapi.yaml; left out is what only machines
// read, and everything a message about the event has no need of.
#include "services/notifications/templates/event_fields.hpp"

#include <array>

namespace esm::notifications {

namespace {

constexpr std::array<event_field, 6> registered{
    {{"userId"}, {"username"}, {"firstName"}, {"lastName"}, {"email"}, {"createdAt"}}
};

// `code` and `token` are no part of the event: they are derived when the message is written.
constexpr std::array<event_field, 8> code_request{
    {{"userId"}, {"username"}, {"firstName"}, {"email"}, {"purpose"}, {"expiresAt"}, {"code"}, {"token"}}
};

constexpr std::array<event_field, 7> changed_password{
    {{"userId"}, {"username"}, {"firstName"}, {"lastName"}, {"email"}, {"reason"}, {"updatedAt"}}
};

constexpr std::array<event_field, 6> new_sign_in{
    {{"sessionId"}, {"userId"}, {"username"}, {"occurredAt"}, {"userAgent"}, {"address"}}
};

constexpr std::array<event_field, 12> task{
    {{"taskId"},
     {"taskReference"},
     {"taskType"},
     {"attempt"},
     {"maxAttempts"},
     {"errorMessage"},
     {"queue"},
     {"timeoutSeconds"},
     {"createdAt"},
     {"startedAt"},
     {"completedAt"},
     {"processingTime"}}
};

constexpr std::array<std::string_view, 2> digest_item{"subject", "at"};
constexpr std::array<event_field, 3> digest{{{"count"}, {"more"}, {"items", digest_item}}};

constexpr std::array<event_fields, 9> table{{
    {"user.registered.v1", registered},
    {"user.verification_requested.v1", code_request},
    {"user.password_reset_requested.v1", code_request},
    {"user.password_changed.v1", changed_password},
    {"auth.new_sign_in.v1", new_sign_in},
    {"task.completed.v1", task},
    {"task.failed.v1", task},
    {"task.timed_out.v1", task},
    {digest_event_type, digest},
}};

}  // namespace

std::span<const event_fields> all_event_fields() {
    return table;
}

const event_fields* find_event_fields(std::string_view event_type) {
    for (const auto& each : table) {
        if (each.event_type == event_type) return &each;
    }
    return nullptr;
}

}  // namespace esm::notifications
