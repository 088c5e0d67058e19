// See subscription.hpp.
#include "services/notifications/push/subscription.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/fetch/fetch.hpp"
#include "platform/security/base64.hpp"
#include "platform/security/es256.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t point_bytes = 65, number_bytes = 32, auth_bytes = 16;
constexpr char uncompressed = '\x04';  // SEC 1 section 2.3.3
constexpr json::text_rule url_rule{1, 2048}, key_rule{1, 128};

bool is_point(std::string_view key) {
    if (key.size() != point_bytes || key.front() != uncompressed) return false;
    const auto x = key.substr(1, number_bytes), y = key.substr(1 + number_bytes);
    return security::es256_key::from_point(x, y).has_value();
}

std::string problem_of_endpoint(const std::string& url) {
    auto problem = fetch::problem_of(url);
    // RFC 8030 section 8: a push service is asked over TLS alone.
    if (problem.empty() && !url.starts_with("https://")) return "the URL must begin with https://";
    return problem;
}

void read_keys(json::decoder& from, web_push_subscription& into) {
    const auto p256dh = from.text("p256dh", key_rule);
    const auto auth = from.text("auth", key_rule);
    if (from.rejected()) return;
    into.p256dh = security::base64url_decode(p256dh).value_or(std::string());
    into.auth = security::base64url_decode(auth).value_or(std::string());
    if (!is_point(into.p256dh)) {
        from.reject("p256dh", "pattern", "Must be a point on P-256, 65 bytes as base64url without padding");
    }
    if (into.auth.size() != auth_bytes) {
        from.reject("auth", "pattern", "Must be 16 bytes as base64url without padding");
    }
}

}  // namespace

std::optional<error> joined(std::optional<error> outer, std::optional<error> inner) {
    if (!outer || !inner) return outer ? outer : inner;
    for (auto& each : inner->fields) outer->fields.push_back(std::move(each));
    if (inner->code == errc::malformed_request) outer->code = inner->code;
    outer->detail = fmt::format("{} fields are wrong", outer->fields.size());
    return outer;
}

result<web_push_subscription> read_subscription(const boost::json::object& given) {
    boost::json::object asked = given;
    asked.erase("expirationTime");
    json::decoder from(asked);
    web_push_subscription read;
    read.endpoint = from.text("endpoint", url_rule);
    if (!from.rejected()) {
        if (auto problem = problem_of_endpoint(read.endpoint); !problem.empty()) {
            from.reject("endpoint", "pattern", std::move(problem));
        }
    }
    std::optional<error> in_keys;
    if (const auto* keys = from.object("keys")) {
        json::decoder key_decoder(*keys, "/keys");
        read_keys(key_decoder, read);
        in_keys = key_decoder.finish();
    }
    if (auto wrong = joined(from.finish(), std::move(in_keys))) return std::move(*wrong);
    return read;
}

boost::json::object to_json(const web_push_subscription& shown) {
    return {
        {"endpoint", shown.endpoint},
        {"keys",
         {{"p256dh", security::base64url_encode(shown.p256dh)},
          {"auth", security::base64url_encode(shown.auth)}}},
    };
}

}  // namespace esm::notifications
