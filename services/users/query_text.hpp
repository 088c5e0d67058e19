// How the lists of this service read their query parameters.
#pragma once

#include "platform/http/message.hpp"

namespace esm::users {

// 400 that names the parameter and its rule.
error bad_parameter(std::string_view name, std::string message);

result<instant_us> read_instant(const http::request& call, std::string_view name, instant_us otherwise);

// A user's id; 0 where the parameter is missing.
result<std::int64_t> read_user_id(const http::request& call, std::string_view name);

}  // namespace esm::users
