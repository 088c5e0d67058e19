// The account: what it holds, when two names are the same, and how it looks as JSON.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm::users {

struct user {
    std::int64_t user_id{0};
    std::string username;
    std::string email;
    std::string first_name;
    std::string last_name;
    std::optional<std::string> date_of_birth;  // yyyy-mm-dd
    std::optional<std::string> phone;          // E.164
    std::optional<std::string> locale;         // BCP 47
    bool email_verified{false};
    std::vector<std::string> roles;
    std::int64_t version{1};
    instant_us created_at{0};
    instant_us updated_at{0};
};

// Usernames and e-mail addresses are the same when these are: ASCII letters without case.
std::string name_key(std::string_view name);

// The user as the contract shows it; nothing secret in it.
boost::json::object to_json(const user& shown);

}  // namespace esm::users
