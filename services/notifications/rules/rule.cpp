// See rule.hpp.
#include "services/notifications/rules/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "platform/base/json_decoder.hpp"
#include "platform/base/utf8.hpp"
#include "services/notifications/rules/rule_set.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t text_max_bytes = 1000;
constexpr std::size_t fields_max = 100;
constexpr json::text_rule field_rule{1, 64};

bool is_member_name(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char each) {
        return std::isalnum(each) != 0 || each == '_';
    });
}

constexpr std::array<std::string_view, 4> channels{"email", "in_app", "push", "sms"};

// A field that only rules of other events have.
void refuse_shipped(json::decoder& from, const boost::json::object& given, const rule& shipped) {
    for (const auto* name : {"fields", "userField", "recipientField"}) {
        if (!given.contains(name)) continue;
        from.reject(name, "shipped", fmt::format("is known of {} and not to be given", shipped.event_type));
    }
}

void read_fields(json::decoder& from, rule& into) {
    into.fields = from.optional_text_list("fields", fields_max, field_rule);
    for (auto each = into.fields.begin(); each != into.fields.end(); ++each) {
        if (!is_member_name(*each)) {
            from.reject(
                "fields", "pattern", fmt::format("\"{}\" is not made of letters, digits and _", *each)
            );
        } else if (std::find(into.fields.begin(), each, *each) != each) {
            from.reject("fields", "doubled", *each + " is named twice");
        }
    }
}

std::string read_member(json::decoder& from, std::string_view name, std::string otherwise) {
    auto given = from.optional_text(name, field_rule);
    if (!given) return otherwise;
    if (!is_member_name(*given)) from.reject(name, "pattern", "must be the name of a member of the event");
    return std::move(*given);
}

const rule* find_shipped(std::string_view event_type) {
    static const auto all = shipped_rules();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const rule& each) { return each.event_type == event_type; });
    return found == all.end() ? nullptr : &*found;
}

// What is wrong with the whole, and with its channels.
std::optional<error> all_problems(json::decoder& whole, std::optional<json::decoder>& of_channels) {
    auto problem = whole.finish();
    auto more = of_channels ? of_channels->finish() : std::nullopt;
    if (!more) return problem;
    if (!problem) return more;
    if (more->code == errc::malformed_request) problem->code = more->code;
    std::move(more->fields.begin(), more->fields.end(), std::back_inserter(problem->fields));
    problem->detail = fmt::format("{} fields are wrong", problem->fields.size());
    return problem;
}

boost::json::object body_of(const rule& shown) {
    boost::json::object channels;
    for (const auto& each : shown.channels) channels[each.channel] = each.enabled;
    boost::json::object body{
        {"channels", std::move(channels)},
        {"critical", shown.critical},
        {"fields", boost::json::value_from(shown.fields)},
        {"userField", shown.user_field},
        {"recipientField", nullptr},
    };
    if (!shown.recipient_field.empty()) body["recipientField"] = shown.recipient_field;
    return body;
}

}  // namespace

boost::json::object pick_fields(const rule& of, const boost::json::object& entity) {
    boost::json::object picked;
    for (const auto& name : of.fields) {
        const auto* found = entity.if_contains(name);
        if (found == nullptr || found->is_null() || found->is_object() || found->is_array()) continue;
        if (found->is_string()) {
            picked[name] = cut_utf8(found->get_string(), text_max_bytes);
        } else {
            picked[name] = *found;
        }
    }
    return picked;
}

boost::json::object to_json(const rule& shown) {
    auto all = body_of(shown);
    all["eventType"] = shown.event_type;
    all["version"] = shown.version;
    all["shipped"] = shown.version == 0;
    return all;
}

result<rule> read_rule(std::string_view event_type, const boost::json::object& given) {
    rule read;
    read.event_type = event_type;
    const auto* shipped = find_shipped(event_type);
    json::decoder from(given);
    std::optional<json::decoder> of_channels;
    if (const auto* named = from.object("channels")) {
        of_channels.emplace(*named, "/channels");
        for (const auto each : channels) {
            const auto on = of_channels->optional_boolean(each);
            if (on) read.channels.push_back({std::string(each), *on});
        }
    }
    read.critical = from.optional_boolean("critical").value_or(shipped != nullptr && shipped->critical);
    read_fields(from, read);
    read.user_field = read_member(from, "userField", "userId");
    read.recipient_field = read_member(from, "recipientField", {});
    if (shipped != nullptr) refuse_shipped(from, given, *shipped);
    if (auto problem = all_problems(from, of_channels)) return std::move(*problem);
    return over_shipped(std::move(read));
}

std::string to_stored(const rule& kept) {
    return boost::json::serialize(body_of(kept));
}

rule from_stored(std::string_view event_type, std::int64_t version, std::string_view body) {
    const auto parsed = boost::json::parse(body).as_object();
    rule read;
    read.event_type = event_type;
    read.version = version;
    for (const auto& [name, enabled] : parsed.at("channels").as_object()) {
        read.channels.push_back({std::string(name), enabled.as_bool()});
    }
    read.critical = parsed.at("critical").as_bool();
    for (const auto& each : parsed.at("fields").as_array()) read.fields.emplace_back(each.as_string());
    read.user_field = parsed.at("userField").as_string();
    if (const auto& field = parsed.at("recipientField"); field.is_string())
        read.recipient_field = field.as_string();
    return read;
}

}  // namespace esm::notifications
