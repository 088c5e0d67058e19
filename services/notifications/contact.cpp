// See contact.hpp.
#include "services/notifications/contact.hpp"

#include "services/notifications/mail/mail_encoding.hpp"

namespace esm::notifications {

namespace {

result<std::string> read_text(const boost::json::object& entity, std::string_view name) {
    const auto* found = entity.if_contains(name);
    if (found == nullptr || !found->is_string()) {
        return fail(errc::malformed_request, fmt::format("/{} must be a text", name));
    }
    return std::string(found->get_string());
}

std::optional<std::string> optional_text(const boost::json::object& entity, std::string_view name) {
    const auto* found = entity.if_contains(name);
    if (found == nullptr || !found->is_string()) return std::nullopt;
    return std::string(found->get_string());
}

}  // namespace

result<std::int64_t> read_user_id(const boost::json::object& entity, std::string_view member) {
    const auto* found = entity.if_contains(member);
    if (found == nullptr || !found->is_int64() || found->get_int64() <= 0) {
        return fail(errc::malformed_request, fmt::format("/{} must be a positive integer", member));
    }
    return found->get_int64();
}

result<std::string> read_address(const boost::json::object& entity, std::string_view member) {
    auto address = read_text(entity, member);
    if (address && !is_mail_address(*address)) {
        return fail(errc::malformed_request, fmt::format("/{} is no e-mail address", member));
    }
    return address;
}

result<contact> read_contact(const boost::json::object& entity, std::int64_t version) {
    const auto user_id = read_user_id(entity);
    if (!user_id) return user_id.error();
    auto email = read_address(entity, "email");
    if (!email) return email.error();
    auto username = read_text(entity, "username");
    if (!username) return username.error();
    auto first_name = read_text(entity, "firstName");
    if (!first_name) return first_name.error();

    contact read{*user_id, version, std::move(*email), std::move(*username), std::move(*first_name), {}, {}};
    read.locale = optional_text(entity, "locale");
    read.phone = optional_text(entity, "phone");
    return read;
}

}  // namespace esm::notifications
