// If-Match where there may be nothing yet to match: as PUT of a rule or template needs it.
#pragma once

#include <cstdint>
#include <optional>

#include "platform/http/if_match.hpp"

namespace esm::notifications {

// Of the version in force; nothing where there is none, which no entity tag stands for, "*" least of all
// (RFC 9110 section 13.1.1).
inline result<void> check_condition(const http::request& call, std::optional<std::int64_t> in_force) {
    if (in_force) return http::check_if_match(call, *in_force);
    if (call.header("if-match").empty()) return {};
    constexpr std::int64_t none = -1;
    if (const auto form = http::check_if_match(call, none); !form) {
        if (form.error().code == errc::malformed_request) return form.error();
    }
    return fail(errc::precondition_failed, "there is nothing yet that the entity tag could be of");
}

}  // namespace esm::notifications
