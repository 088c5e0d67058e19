// See filter_json.hpp.
#include "services/notifications/dead_letters/filter_json.hpp"

#include <algorithm>
#include <cctype>

#include "platform/base/json_decoder.hpp"
#include "platform/events/dead_letters.hpp"
#include "platform/http/cursor.hpp"

namespace esm::notifications::dead_letters {

namespace {

constexpr std::size_t ids_max = 1'000;
constexpr std::int64_t limit_max = 10'000;
constexpr std::int64_t limit_default = 1'000;
constexpr std::size_t name_max = events::topic_name_max;  // of event types too
constexpr std::int64_t first_id = 1'000;
constexpr std::string_view name_rule = "Letters, digits, dots, hyphens and underscores, up to 249";

// What only the letters of one kind have.
std::string_view misplaced_name(const store::filter& wanted, letter_kind kind) {
    if (kind == letter_kind::event && !wanted.channel.empty()) return "channel";
    if (kind == letter_kind::notification && !wanted.topic.empty()) return "topic";
    return {};
}

std::string misplaced_text(letter_kind kind) {
    return fmt::format("There is none of a dead {}", name_of(kind));
}

std::vector<std::int64_t> read_ids(json::decoder& from) {
    std::vector<std::int64_t> ids;
    const auto* given = from.optional_array("ids", ids_max);
    if (given == nullptr) return ids;
    for (std::size_t i = 0; i < given->size(); ++i) {
        const auto& each = (*given)[i];
        if (!each.is_int64() || each.get_int64() < first_id) {
            from.wrong_item("ids", i, "an id, 1000 or more");
            continue;
        }
        ids.push_back(each.get_int64());
    }
    if (given->empty()) from.reject("ids", "too_few", "At least one");
    return ids;
}

result<store::filter> read_body_filter(const boost::json::object& given, letter_kind kind) {
    json::decoder from(given, "/filter");
    store::filter wanted;
    wanted.channel = from.optional_text("channel", {1, name_max}).value_or("");
    if (!wanted.channel.empty() && !is_channel(wanted.channel)) {
        from.reject("channel", "unknown", "There is no such channel");
    }
    wanted.event_type = from.optional_text("eventType", {1, name_max}).value_or("");
    wanted.topic = from.optional_text("topic", {1, name_max}).value_or("");
    for (const auto& [name, value] : {std::pair("eventType", &wanted.event_type), {"topic", &wanted.topic}}) {
        if (!value->empty() && !events::is_topic_name(*value))
            from.reject(name, "pattern", std::string(name_rule));
    }
    wanted.failed_after = from.optional_instant("failedAfter");
    wanted.failed_before = from.optional_instant("failedBefore");
    if (const auto name = misplaced_name(wanted, kind); !name.empty()) {
        from.reject(name, "misplaced", misplaced_text(kind));
    }
    if (auto refused = from.finish()) return std::move(*refused);
    return wanted;
}

}  // namespace

std::optional<letter_kind> parse_kind(std::string_view text) {
    if (text == "notification") return letter_kind::notification;
    if (text == "event") return letter_kind::event;
    return std::nullopt;
}

std::string_view name_of(letter_kind kind) {
    return kind == letter_kind::event ? "event" : "notification";
}

result<store::filter> read_query_filter(const http::request& call, letter_kind kind) {
    store::filter wanted;
    wanted.channel = call.query_param("channel").value_or("");
    wanted.event_type = call.query_param("eventType").value_or("");
    wanted.topic = call.query_param("topic").value_or("");
    if (call.query_param("channel") && !is_channel(wanted.channel)) {
        return http::bad_parameter("channel", "unknown", "There is no such channel");
    }
    for (const auto* name : {"eventType", "topic"}) {
        const auto given = call.query_param(name);
        if (given && !events::is_topic_name(*given))
            return http::bad_parameter(name, "pattern", std::string(name_rule));
    }
    if (const auto name = misplaced_name(wanted, kind); !name.empty()) {
        return http::bad_parameter(name, "misplaced", misplaced_text(kind));
    }
    return wanted;
}

result<redrive_request> read_redrive(const boost::json::object& body) {
    json::decoder from(body);
    redrive_request asked;
    if (body.contains("kind")) {
        const auto kind = from.optional_choice("kind", {"notification", "event"});
        asked.kind = parse_kind(kind.value_or("")).value_or(letter_kind::notification);
    } else {
        from.text("kind", {});  // says that it is missing
    }
    asked.ids = read_ids(from);
    const auto* wanted = from.optional_object("filter");
    if (body.contains("ids") == body.contains("filter")) {
        from.reject("filter", "one_of", "Give either ids or a filter; {} is every one");
    }
    asked.limit =
        static_cast<std::size_t>(from.optional_integer("limit", 1, limit_max).value_or(limit_default));
    asked.dry_run = from.optional_boolean("dryRun").value_or(false);
    auto refused = from.finish();
    if (wanted != nullptr) {
        auto filter = read_body_filter(*wanted, asked.kind);
        if (filter) {
            asked.wanted = std::move(*filter);
        } else if (refused) {
            const auto more = filter.error().fields;
            refused->fields.insert(refused->fields.end(), more.begin(), more.end());
        } else {
            refused = filter.error();
        }
    }
    if (refused) return std::move(*refused);
    return asked;
}

}  // namespace esm::notifications::dead_letters
