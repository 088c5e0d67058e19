// problem_reply of message.hpp: the one place that turns errors into HTTP.
#include "platform/base/json_text.hpp"
#include "platform/http/message.hpp"

namespace esm::http {

namespace {

constexpr std::chrono::seconds retry_soon{1};

void append_fields(std::string& json, const std::vector<field_error>& fields) {
    if (fields.empty()) return;
    json += ",\"errors\":[";
    for (const auto& field : fields) {
        json += "{\"pointer\":";
        json::append_string(json, field.pointer);
        json += ",\"code\":";
        json::append_string(json, field.code);
        json += ",\"message\":";
        json::append_string(json, field.message);
        json += "},";
    }
    json.back() = ']';
}

// RFC 6750 section 3: why the token was refused, and nothing where none came.
std::string_view challenge(errc code) {
    return code == errc::invalid_token ? R"(Bearer error="invalid_token")" : "Bearer";
}

}  // namespace

response problem_reply(const error& cause, const request& about) {
    const auto& known = info(cause.code);
    response reply;
    reply.status = static_cast<unsigned>(known.http_status);
    reply.content_type = "application/problem+json";
    reply.body = fmt::format(
        R"({{"type":"urn:eventstreammonitor:error:{}","title":"{}","status":{},"code":"{}")",
        known.name,
        known.title,
        known.http_status,
        known.name
    );
    if (!cause.detail.empty()) {
        reply.body += ",\"detail\":";
        json::append_string(reply.body, cause.detail);
    }
    if (!about.ctx.trace.request_id.empty()) {
        reply.body += ",\"instance\":";
        json::append_string(reply.body, "urn:eventstreammonitor:request:" + about.ctx.trace.request_id);
    }
    append_fields(reply.body, cause.fields);
    reply.body += '}';
    if (cause.retry_after || known.retry == retry_hint::after) {
        const auto wait = std::max(cause.retry_after.value_or(retry_soon), retry_soon);
        reply.headers.emplace_back("Retry-After", std::to_string(wait.count()));
    }
    if (reply.status == 401) reply.headers.emplace_back("WWW-Authenticate", challenge(cause.code));
    return reply;
}

}  // namespace esm::http
