// What a visitor gives to register, and the rules it must keep (contracts/openapi/users.yaml, schema
// registration).
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "platform/base/result.hpp"

namespace esm::users {

struct registration {
    std::string username, email, password, first_name, last_name;
    std::optional<std::string> date_of_birth, phone, locale;
};

// Names every field that is missing, unknown, of the wrong type or against its rule.
result<registration> decode_registration(const boost::json::object& body);

}  // namespace esm::users
