// See device_json.hpp.
#include "services/notifications/devices/device_json.hpp"

#include "platform/base/json_decoder.hpp"

namespace esm::notifications {

namespace {

constexpr json::text_rule kind_rule{0, 20}, label_rule{0, 100}, token_rule{1, 4096};

bool is_visible(unsigned char each) {
    return each > 0x20 && each < 0x7f;
}

fcm_device read_app(json::decoder& from) {
    fcm_device read{from.text("token", token_rule)};
    if (!std::all_of(read.token.begin(), read.token.end(), is_visible)) {
        from.reject("token", "pattern", "Must be printable characters without spaces");
    }
    return read;
}

result<web_push_subscription> read_browser(const boost::json::object& body, const fetch::rules& given) {
    auto read = read_subscription(body);
    if (!read) {
        auto wrong = read.error();
        for (auto& each : wrong.fields) each.pointer.insert(0, "/subscription");
        return wrong;
    }
    auto problem = fetch::problem_of(read->endpoint, given);
    if (problem.empty()) return read;
    auto wrong = fail(errc::validation_failed, "1 field is wrong");
    wrong.fields.push_back({"/subscription/endpoint", "not_allowed", std::move(problem)});
    return wrong;
}

}  // namespace

result<new_device> decode_device(const boost::json::object& body, const fetch::rules& given) {
    json::decoder from(body);
    new_device read;
    const auto kind = from.text("kind", kind_rule);
    read.label = from.optional_text("label", label_rule).value_or("");
    std::optional<error> inside;
    if (kind == "fcm") {
        read.target = read_app(from);
    } else if (kind == "web_push") {
        if (const auto* subscription = from.object("subscription")) {
            auto browser = read_browser(*subscription, given);
            if (browser) {
                read.target = std::move(*browser);
            } else {
                inside = browser.error();
            }
        }
    } else {
        // What the other fields should be depends on it.
        from.optional_object("subscription");
        from.optional_text("token", token_rule);
        if (body.contains("kind") && body.at("kind").is_string()) {
            from.reject("kind", "not_allowed", "One of web_push, fcm");
        }
    }
    if (auto wrong = joined(from.finish(), std::move(inside))) return std::move(*wrong);
    return read;
}

boost::json::object to_json(const device_store::kept_device& shown) {
    return {
        {"deviceId", shown.device_id},
        {"kind", shown.kind},
        {"label", shown.label},
        {"createdAt", format_instant(shown.created_at)},
    };
}

}  // namespace esm::notifications
