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

enum class account_state : std::uint8_t { active, locked };
std::string_view to_text(account_state state);

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
    account_state state{account_state::active};
    // Grows with each change that ends the user's tokens: password, lock, roles.
    std::int64_t credential_epoch{1};
    std::int64_t version{1};
    instant_us created_at{0};
    instant_us updated_at{0};
};

// Usernames and e-mail addresses are the same when these are: ASCII letters without case.
std::string name_key(std::string_view name);

// Whose the Idempotency-Keys of a registration are: nobody is logged in yet.
std::string stranger_of(std::string_view username);

// The user as the contract shows it to the user; nothing secret in it.
boost::json::object to_json(const user& shown);

// The same with `state`, for administrators.
boost::json::object to_admin_json(const user& shown);

}  // namespace esm::users
