// See endpoint_json.hpp.
#include "services/notifications/endpoints/endpoint_json.hpp"

#include "platform/base/event_type.hpp"
#include "platform/base/json_decoder.hpp"

namespace esm::notifications {

namespace {

using endpoint_store::endpoint;

constexpr std::size_t event_types_max = 50;
constexpr json::text_rule url_rule{1, 2000}, description_rule{0, 500}, event_type_rule{1, event_type_max};

std::string problem_of_url(const std::string& url, const fetch::rules& given) {
    auto problem = fetch::problem_of(url, given);
    // Events are personal data: without TLS they go to the operator's own networks alone.
    if (problem.empty() && !url.starts_with("https://") && !fetch::is_allowed_address(url, given)) {
        return "the URL must begin with https://";
    }
    return problem;
}

void check_url(json::decoder& from, const std::string& url, const fetch::rules& given) {
    if (auto problem = problem_of_url(url, given); !problem.empty()) {
        from.reject("url", "not_allowed", std::move(problem));
    }
}

std::vector<std::string> read_event_types(json::decoder& from) {
    auto types = from.optional_text_list("eventTypes", event_types_max, event_type_rule);
    for (const auto& each : types) {
        if (!is_event_type(each)) {
            from.reject("eventTypes", "pattern", each + " is no type of an event, such as task.completed.v1");
        }
    }
    return types;
}

}  // namespace

result<endpoint> decode_endpoint(const boost::json::object& body, const fetch::rules& given) {
    json::decoder from(body);
    endpoint read;
    read.url = from.text("url", url_rule);
    if (!read.url.empty()) check_url(from, read.url, given);
    read.event_types = read_event_types(from);
    read.description = from.optional_text("description", description_rule).value_or("");
    read.everyone = from.optional_boolean("everyone").value_or(false);
    if (auto wrong = from.finish()) return std::move(*wrong);
    return read;
}

result<endpoint_change> decode_endpoint_change(const boost::json::object& body, const fetch::rules& given) {
    json::decoder from(body);
    endpoint_change read;
    read.url = from.optional_text("url", url_rule);
    if (read.url) check_url(from, *read.url, given);
    auto types = read_event_types(from);
    if (body.contains("eventTypes")) read.event_types = std::move(types);
    read.description = from.optional_text("description", description_rule);
    read.enabled = from.optional_boolean("enabled");
    if (auto wrong = from.finish()) return std::move(*wrong);
    return read;
}

boost::json::object to_json(const endpoint& shown, const std::string& secret) {
    boost::json::object made{
        {"webhookId", shown.webhook_id},
        {"url", shown.url},
        {"eventTypes", boost::json::value_from(shown.event_types)},
        {"description", shown.description},
        {"everyone", shown.everyone},
        {"enabled", !shown.disabled_reason},
        {"disabledReason", nullptr},
        {"previousSecretUntil", nullptr},
        {"createdAt", format_instant(shown.created_at)},
    };
    if (shown.disabled_reason) made["disabledReason"] = *shown.disabled_reason;
    if (shown.previous_until) made["previousSecretUntil"] = format_instant(*shown.previous_until);
    if (!secret.empty()) made["secret"] = secret;
    return made;
}

}  // namespace esm::notifications
