// See registration.hpp.
#include "services/users/registration.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/users/profile_rules.hpp"

namespace esm::users {

result<registration> decode_registration(const boost::json::object& body) {
    json::decoder from(body);
    registration given;
    given.username = from.text("username", {3, 20});
    given.email = from.text("email", email_length);
    given.password = from.text("password", password_length);
    given.first_name = from.text("firstName", name_length);
    given.last_name = from.text("lastName", name_length);
    given.date_of_birth = from.optional_text("dateOfBirth", {0, 32});
    given.phone = from.optional_text("phone", {0, 32});
    given.locale = from.optional_text("locale", {0, 35});
    if (!given.username.empty() && !is_username(given.username)) {
        from.reject("username", "pattern", "may hold only letters A-Z, digits, _ and -");
    }
    check_email(from, given.email);
    check_name(from, "firstName", given.first_name);
    check_name(from, "lastName", given.last_name);
    check_optional_fields(from, {given.date_of_birth, given.phone, given.locale});
    if (auto problem = from.finish()) return *problem;
    return given;
}

}  // namespace esm::users
