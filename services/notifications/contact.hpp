// What this service knows of a user from user events, so that no message waits for another service.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/base/result.hpp"

namespace esm::notifications {

struct contact {
    std::int64_t user_id{0};
    std::int64_t version{0};  // of the account: an older one never replaces a newer one
    std::string email;
    std::string username;
    std::string first_name;
    std::optional<std::string> locale;  // BCP 47
    std::optional<std::string> phone;   // E.164
};

// The positive id in an event's member; errc::malformed_request without one.
result<std::int64_t> read_user_id(const boost::json::object& entity, std::string_view member = "userId");

// The member as an address that mails can go to; errc::malformed_request where it is none.
result<std::string> read_address(const boost::json::object& entity, std::string_view member);

// The contact in the payload of user.registered.v1, user.updated.v1 and user.email_verified.v1.
// errc::malformed_request when a member is missing or of another type, or the address cannot be written to.
result<contact> read_contact(const boost::json::object& entity, std::int64_t version);

}  // namespace esm::notifications
