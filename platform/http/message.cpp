// See message.hpp.
#include "platform/http/message.hpp"

#include <charconv>

#include "platform/base/json_decoder.hpp"
#include "platform/http/text.hpp"

namespace esm::http {

std::string_view request::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_case_name) return value;
    }
    return {};
}

std::string_view request::path_param(std::string_view name) const {
    for (const auto& [each, value] : path_params) {
        if (each == name) return value;
    }
    return {};
}

std::optional<std::string_view> request::query_param(std::string_view name) const {
    for (const auto& [each, value] : query) {
        if (each == name) return value;
    }
    return std::nullopt;
}

response json_reply(unsigned status, const boost::json::value& body) {
    return json_text_reply(status, boost::json::serialize(body));
}

response json_text_reply(unsigned status, std::string body) {
    response reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
}

response text_reply(unsigned status, std::string body, std::string content_type) {
    response reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.content_type = std::move(content_type);
    return reply;
}

std::string etag(std::int64_t version) {
    return fmt::format("\"{}\"", version);
}

std::optional<std::int64_t> parse_id(std::string_view text) {
    std::int64_t id = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
    const bool whole = failure == std::errc{} && end == text.data() + text.size();
    if (!whole || id <= 0 || text.front() == '0') return std::nullopt;
    return id;
}

result<std::int64_t> path_id(const request& from, std::string_view name) {
    const auto id = parse_id(from.path_param(name));
    if (!id) return fail(errc::not_found);
    return *id;
}

namespace {

// RFC 6838: application/json or application/<anything>+json; parameters do not matter (JSON is UTF-8).
bool is_json(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    if (equal_ignoring_case(type, "application/json")) return true;
    constexpr std::string_view prefix = "application/";
    constexpr std::string_view suffix = "+json";
    return type.size() > prefix.size() + suffix.size() &&
           equal_ignoring_case(type.substr(0, prefix.size()), prefix) &&
           equal_ignoring_case(type.substr(type.size() - suffix.size()), suffix);
}

}  // namespace

result<boost::json::object> json_body(const request& from) {
    if (!is_json(from.header("content-type"))) {
        return fail(errc::unsupported_media_type, "the body must be application/json");
    }
    if (!trim(from.header("content-encoding")).empty()) {
        return fail(errc::unsupported_media_type, "encoded bodies are not supported");
    }
    return json::parse_object(from.body);
}

}  // namespace esm::http
