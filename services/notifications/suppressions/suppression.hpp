// An address that may not be written to for a while: its mail bounced, its owner complained, or it is
// nobody's account and has unsubscribed. A value; pure.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"

namespace esm::notifications {

inline constexpr std::chrono::days suppressed_for{30};
// An unsubscription has no end; a hundred years are near enough.
inline constexpr std::chrono::days unsubscribed_for{36'500};
inline constexpr std::string_view unsubscribed = "unsubscribed";

struct suppression {
    std::string channel;
    std::string address;  // as normal_address has it
    // Begins with bounced, complained or unsubscribed; the provider's own words may follow.
    std::string reason;
    instant_us until{0}, created_at{0};
};

// The one form of all the ways to write an address: it means the same in any case, whatever RFC 5321 section
// 2.4 allows a mail server to think. load_deliveries.sql compares so, too; all addresses are ASCII.
std::string normal_address(std::string_view address);

boost::json::object to_json(const suppression& shown);

}  // namespace esm::notifications
