// See form.hpp.
#include "platform/http/form.hpp"

#include "platform/http/text.hpp"
#include "platform/security/base64.hpp"

namespace esm::http {

namespace {

constexpr std::size_t fields_max = 100;
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

bool starts_with_scheme(std::string_view header, std::string_view scheme) {
    return header.size() > scheme.size() && equal_ignoring_case(header.substr(0, scheme.size()), scheme) &&
           header[scheme.size()] == ' ';
}

}  // namespace

result<form> form::read(const request& from) {
    const auto type = from.header("content-type");
    if (!equal_ignoring_case(trim(type.substr(0, type.find(';'))), form_type)) {
        return fail(errc::unsupported_media_type, fmt::format("the body must be {}", form_type));
    }
    form made;
    std::string_view left = from.body;
    while (!left.empty()) {
        const auto end = std::min(left.find('&'), left.size());
        const auto pair = left.substr(0, end);
        left.remove_prefix(std::min(end + 1, left.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = percent_decode(pair.substr(0, equals), true);
        const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value) return fail(errc::malformed_request, "the form has a broken escape");
        const bool known = std::any_of(made.fields_.begin(), made.fields_.end(), [&](const auto& each) {
            return each.first == *name;
        });
        if (known) return fail(errc::malformed_request, "a form field came twice");
        if (made.fields_.size() == fields_max) return fail(errc::malformed_request, "too many form fields");
        made.fields_.emplace_back(*name, *value);
    }
    return made;
}

std::optional<std::string> form::value(std::string_view name) const {
    for (const auto& [each, value] : fields_) {
        if (each == name && !value.empty()) return value;
    }
    return std::nullopt;
}

std::optional<basic_credentials> read_basic(const request& from) {
    constexpr std::string_view scheme = "basic";
    const auto header = from.header("authorization");
    if (!starts_with_scheme(header, scheme)) return std::nullopt;
    const auto bytes = security::base64_decode(trim(header.substr(scheme.size() + 1)));
    if (!bytes) return std::nullopt;
    const std::string_view decoded(*bytes);
    const auto colon = decoded.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = percent_decode(decoded.substr(0, colon), true);
    const auto secret = percent_decode(decoded.substr(colon + 1), true);
    if (!name || !secret) return std::nullopt;
    return basic_credentials{*name, *secret};
}

}  // namespace esm::http
