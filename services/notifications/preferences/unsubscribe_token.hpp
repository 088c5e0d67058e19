// The token of an unsubscribe link (RFC 8058): says whom no such message shall reach any more and proves that
// we wrote it, without a row in the database. It never expires, since the link of an old mail must work; it
// ends with the master key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "platform/base/result.hpp"
#include "platform/security/sealed.hpp"

namespace esm::notifications {

struct unsubscription {
    std::variant<std::int64_t, std::string> who;  // a user's id, or an address that is no user's
    std::string event_type;                       // or any_event
    std::string channel;                          // one of preferred_channels

    friend bool operator==(const unsubscription&, const unsubscription&) = default;
};

// Always the same text for the same unsubscription, of letters, digits and "-._" (unreserved, RFC 3986
// section 2.3): at most 179 characters for a user, usually about 60; for an address up to 500, usually 110.
// An address can be read from it, as RFC 8058 section 3.1 allows.
std::string make_unsubscribe_token(const security::master_key& key, const unsubscription& of);

// errc::invalid_token for any text that make_unsubscribe_token did not make with this key.
result<unsubscription> open_unsubscribe_token(const security::master_key& key, std::string_view token);

}  // namespace esm::notifications
