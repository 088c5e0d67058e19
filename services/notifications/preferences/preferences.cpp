// See preferences.hpp.
#include "services/notifications/preferences/preferences.hpp"

#include <algorithm>
#include <limits>

#include "platform/base/event_type.hpp"
#include "platform/base/json_decoder.hpp"

namespace esm::notifications {

namespace {

namespace bj = boost::json;
using std::chrono::minutes;

constexpr std::size_t reported_fields_max = 50;  // as the decoder has it for one object
constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
// Never empty, so that an empty text is one whose problem the decoder has recorded.
constexpr json::text_rule some_text{1, 64};

// The problems of all the document's objects as one error.
class problems {
public:
    void take(json::decoder& of_one_object) {
        auto found = of_one_object.finish();
        if (!found) return;
        malformed_ = malformed_ || found->code == errc::malformed_request;
        for (auto& each : found->fields) reject(std::move(each));
    }

    void reject(field_error broken_rule) {
        if (fields_.size() < reported_fields_max) fields_.push_back(std::move(broken_rule));
    }

    std::optional<error> finish() {
        if (fields_.empty()) return std::nullopt;
        auto found = fail(malformed_ ? errc::malformed_request : errc::validation_failed);
        found.detail =
            fields_.size() == 1 ? "1 field is wrong" : fmt::format("{} fields are wrong", fields_.size());
        found.fields = std::move(fields_);
        return found;
    }

private:
    std::vector<field_error> fields_;
    bool malformed_{false};
};

std::optional<std::size_t> place_of(std::string_view channel) {
    const auto found = std::find(preferred_channels.begin(), preferred_channels.end(), channel);
    if (found == preferred_channels.end()) return std::nullopt;
    return static_cast<std::size_t>(found - preferred_channels.begin());
}

// "07:30".
std::optional<minutes> parse_time(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    for (const auto at : {0U, 1U, 3U, 4U}) {
        if (text[at] < '0' || text[at] > '9') return std::nullopt;
    }
    const auto two_digits = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    if (two_digits(0) > 23 || two_digits(3) > 59) return std::nullopt;
    return minutes(two_digits(0) * 60 + two_digits(3));
}

std::string format_time(minutes time) {
    return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
}

minutes decode_time(json::decoder& from, std::string_view name) {
    const auto text = from.text(name, some_text);
    const auto time = parse_time(text);
    if (!time && !text.empty()) from.reject(name, "time", "Must be a time of day from 00:00 to 23:59");
    return time.value_or(minutes(0));
}

std::bitset<7> decode_days(json::decoder& from, problems& found) {
    std::bitset<7> days;
    const auto* given = from.optional_array("days", day_names.size());
    if (!given) return days.set();
    if (given->empty()) from.reject("days", "too_few", "At least 1 item");
    for (std::size_t i = 0; i < given->size(); ++i) {
        const auto* name = (*given)[i].if_string();
        if (!name) {
            from.wrong_item("days", i, "a string");
            continue;
        }
        const auto day = std::find(day_names.begin(), day_names.end(), std::string_view(*name));
        if (day != day_names.end()) {
            days.set(static_cast<std::size_t>(day - day_names.begin()));
        } else {
            const auto names = fmt::format("One of {}", fmt::join(day_names, ", "));
            found.reject({fmt::format("/quietHours/days/{}", i), "not_allowed", names});
        }
    }
    return days;
}

quiet_hours decode_quiet_hours(const bj::object& given, problems& found) {
    json::decoder from(given, "/quietHours");
    quiet_hours quiet;
    quiet.start = decode_time(from, "start");
    quiet.end = decode_time(from, "end");
    if (const auto name = from.text("timeZone", some_text); !name.empty()) {
        const auto zone = calendar::find_zone(name);
        if (zone) quiet.zone = *zone;
        if (!zone) from.reject("timeZone", "unknown_time_zone", zone.error().detail);
    }
    quiet.days = decode_days(from, found);
    found.take(from);
    return quiet;
}

channel_choice decode_choice(const bj::object& given, std::string pointer, problems& found) {
    json::decoder from(given, std::move(pointer));
    channel_choice choice;
    choice.enabled = from.optional_boolean("enabled");
    if (const auto digest = from.optional_integer("digestMinutes", 0, digest_max.count())) {
        choice.digest = minutes(*digest);
    }
    found.take(from);
    return choice;
}

event_choices decode_choices(const bj::object& given, const std::string& pointer, problems& found) {
    json::decoder from(given, pointer);
    event_choices choices;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        const auto channel = preferred_channels[i];
        if (const auto* choice = from.optional_object(channel)) {
            choices[i] = decode_choice(*choice, fmt::format("{}/{}", pointer, channel), found);
        }
    }
    found.take(from);
    return choices;
}

void decode_events(const bj::object& given, preferences& into, problems& found) {
    json::decoder from(given, "/events");
    for (const auto& member : given) {
        const std::string_view type = member.key();
        const auto* choices = from.optional_object(type);
        if (type != any_event && !is_event_type(type)) {
            from.reject(type, "pattern", "Must be an event type, such as task.completed.v1, or *");
        } else if (choices) {
            const auto decoded = decode_choices(*choices, fmt::format("/events/{}", type), found);
            if (decoded != event_choices{}) into.events.emplace(type, decoded);
        }
    }
    found.take(from);
}

result<preferences> decode(bj::object given, std::size_t events_max) {
    if (const auto* quiet = given.if_contains("quietHours"); quiet && quiet->is_null()) {
        given.erase("quietHours");
    }
    preferences wanted;
    problems found;
    json::decoder from(given);
    const auto* quiet = from.optional_object("quietHours");
    const auto* events = from.optional_object("events");
    if (events && events->size() > events_max) {
        from.reject("events", "too_many", fmt::format("At most {} event types", events_max));
        events = nullptr;
    }
    found.take(from);
    if (quiet) wanted.quiet = decode_quiet_hours(*quiet, found);
    if (events) decode_events(*events, wanted, found);
    if (auto refused = found.finish()) return std::move(*refused);
    return wanted;
}

bj::object to_json(const quiet_hours& shown) {
    bj::object object{
        {"start", format_time(shown.start)},
        {"end", format_time(shown.end)},
        {"timeZone", shown.zone.name()},
    };
    if (!shown.days.all()) {
        bj::array days;
        for (std::size_t i = 0; i < day_names.size(); ++i) {
            if (shown.days[i]) days.emplace_back(day_names[i]);
        }
        object["days"] = std::move(days);
    }
    return object;
}

bj::object to_json(const channel_choice& shown) {
    bj::object object;
    if (shown.enabled) object["enabled"] = *shown.enabled;
    if (shown.digest) object["digestMinutes"] = shown.digest->count();
    return object;
}

}  // namespace

result<preferences> decode_preferences(bj::object given) {
    return decode(std::move(given), preferred_events_max);
}

result<preferences> decode_stored_preferences(bj::object stored) {
    constexpr auto any_number = std::numeric_limits<std::size_t>::max();
    auto read = decode(stored, any_number);
    if (read) return read;
    const auto is_zone = [](const field_error& each) { return each.pointer == "/quietHours/timeZone"; };
    const auto& fields = read.error().fields;
    if (!std::all_of(fields.begin(), fields.end(), is_zone)) return read;
    stored.erase("quietHours");
    return decode(std::move(stored), any_number);
}

bj::object to_json(const preferences& shown) {
    bj::object events;
    for (const auto& [type, choices] : shown.events) {
        bj::object by_channel;
        for (std::size_t i = 0; i < choices.size(); ++i) {
            if (choices[i] != channel_choice{}) by_channel[preferred_channels[i]] = to_json(choices[i]);
        }
        events[type] = std::move(by_channel);
    }
    bj::object object;
    object["quietHours"] = shown.quiet ? bj::value(to_json(*shown.quiet)) : bj::value(nullptr);
    object["events"] = std::move(events);
    return object;
}

wish wish_for(const preferences& of, std::string_view event_type, std::string_view channel) {
    const auto place = place_of(channel);
    if (!place) return {};
    channel_choice said;
    for (const auto type : {event_type, any_event}) {
        const auto found = of.events.find(type);
        if (found == of.events.end()) continue;
        const auto& choice = found->second[*place];
        if (!said.enabled) said.enabled = choice.enabled;
        if (!said.digest) said.digest = choice.digest;
    }
    return {said.enabled, said.digest.value_or(minutes(0))};
}

void switch_off(preferences& of, std::string_view event_type, std::string_view channel) {
    const auto place = place_of(channel);
    if (!place) return;
    if (event_type == any_event) {
        for (auto& [type, choices] : of.events) choices[*place].enabled.reset();
        std::erase_if(of.events, [](const auto& each) { return each.second == event_choices{}; });
    }
    of.events[std::string(event_type)][*place].enabled = false;
}

}  // namespace esm::notifications
