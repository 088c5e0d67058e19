// See query_text.hpp.
#include "services/users/query_text.hpp"

#include <charconv>

#include "platform/http/cursor.hpp"

namespace esm::users {

error bad_parameter(std::string_view name, std::string message) {
    auto refused = fail(errc::malformed_request, fmt::format("{}: {}", name, message));
    refused.fields.push_back({std::string(name), "not_allowed", std::move(message)});
    return refused;
}

result<instant_us> read_instant(const http::request& call, std::string_view name, instant_us otherwise) {
    const auto text = call.query_param(name);
    if (!text) return otherwise;
    if (const auto instant = parse_instant(*text)) return *instant;
    return bad_parameter(name, "must be an instant of RFC 3339");
}

result<std::int64_t> read_user_id(const http::request& call, std::string_view name) {
    const auto text = call.query_param(name);
    if (!text) return 0;
    std::int64_t id = 0;
    const auto* last = text->data() + text->size();
    const auto [end, failure] = std::from_chars(text->data(), last, id);
    if (failure != std::errc{} || end != last || id < 1000) return bad_parameter(name, "must be a user's id");
    return id;
}

}  // namespace esm::users
