// See user.hpp.
#include "services/users/user.hpp"

namespace esm::users {

namespace {

boost::json::value optional_value(const std::optional<std::string>& text) {
    if (!text) return nullptr;
    return boost::json::string(*text);
}

}  // namespace

std::string_view to_text(account_state state) {
    return state == account_state::locked ? "locked" : "active";
}

std::string name_key(std::string_view name) {
    std::string key(name);
    for (char& each : key) {
        if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    }
    return key;
}

std::string stranger_of(std::string_view username) {
    return "username " + name_key(username);
}

boost::json::object to_json(const user& shown) {
    return {
        {"userId", shown.user_id},
        {"username", shown.username},
        {"email", shown.email},
        {"firstName", shown.first_name},
        {"lastName", shown.last_name},
        {"dateOfBirth", optional_value(shown.date_of_birth)},
        {"phone", optional_value(shown.phone)},
        {"locale", optional_value(shown.locale)},
        {"emailVerified", shown.email_verified},
        {"roles", boost::json::value_from(shown.roles)},
        {"createdAt", format_instant(shown.created_at)},
        {"updatedAt", format_instant(shown.updated_at)},
    };
}

boost::json::object to_admin_json(const user& shown) {
    auto all = to_json(shown);
    all["state"] = to_text(shown.state);
    return all;
}

}  // namespace esm::users
