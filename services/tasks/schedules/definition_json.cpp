// See definition_json.hpp.
#include "services/tasks/schedules/definition_json.hpp"

#include "platform/base/json_decoder.hpp"

namespace esm::tasks::schedules {

namespace {

namespace bj = boost::json;

constexpr json::text_rule name_length{1, 100};
constexpr json::text_rule any_cron{0, cron_max_bytes};
constexpr json::text_rule any_zone{0, 64};

// Anything but spaces in it, and nothing that moves a cursor.
bool is_name(std::string_view name) {
    const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
    return std::none_of(name.begin(), name.end(), is_control) &&
           name.find_first_not_of(' ') != std::string_view::npos;
}

}  // namespace

result<definition> decode_definition(const bj::object& body) {
    json::decoder from(body);
    definition says;
    says.name = from.text("name", name_length);
    if (!says.name.empty() && !is_name(says.name)) {
        from.reject("name", "pattern", "must not be blank nor hold control characters");
    }
    says.cron = from.text("cron", any_cron);
    if (auto zone = from.optional_text("timeZone", any_zone)) says.time_zone = std::move(*zone);
    if (const auto missed = from.optional_choice("missedRuns", {"skip", "run_once", "run_all"})) {
        says.missed = *parse_missed_runs(*missed);
    }
    if (const auto overlap = from.optional_choice("overlap", {"allow", "skip"})) {
        says.overlap = *parse_overlap(*overlap);
    }
    says.paused = from.optional_boolean("paused").value_or(false);
    says.starts_at = from.optional_instant("startsAt");
    says.ends_at = from.optional_instant("endsAt");
    if (says.starts_at && says.ends_at && *says.ends_at <= *says.starts_at) {
        from.reject("endsAt", "out_of_range", "must be after startsAt");
    }
    if (const auto* task = from.object("task")) says.task = bj::serialize(*task);
    if (auto refused = from.finish()) return std::move(*refused);
    return says;
}

result<void> check_patch(const bj::object& patch) {
    auto patched = to_object({.name = "any", .cron = "@daily", .task = "{}"});
    merge_patch(patched, patch);
    const auto says = decode_definition(patched);
    if (!says) return says.error();
    if (const auto when = timing_of(*says); !when) return when.error();
    return {};
}

bj::object to_object(const definition& says) {
    bj::object object{
        {"name", says.name},
        {"cron", says.cron},
        {"timeZone", says.time_zone},
        {"missedRuns", name_of(says.missed)},
        {"overlap", name_of(says.overlap)},
        {"paused", says.paused},
        {"task", bj::parse(says.task)},
    };
    if (says.starts_at) object["startsAt"] = format_instant(*says.starts_at);
    if (says.ends_at) object["endsAt"] = format_instant(*says.ends_at);
    return object;
}

void merge_patch(bj::object& target, const bj::object& patch) {
    for (const auto& member : patch) {
        if (member.value().is_null()) {
            target.erase(member.key());
        } else if (const auto* inner = member.value().if_object()) {
            auto& into = target[member.key()];
            if (!into.is_object()) into.emplace_object();
            merge_patch(into.get_object(), *inner);
        } else {
            target[member.key()] = member.value();
        }
    }
}

}  // namespace esm::tasks::schedules
