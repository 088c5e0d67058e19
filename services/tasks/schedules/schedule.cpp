// See schedule.hpp.
#include "services/tasks/schedules/schedule.hpp"

#include <fmt/format.h>

#include <array>

#include "platform/base/json_text.hpp"

namespace esm::tasks::schedules {

namespace {

constexpr std::array<std::string_view, 3> missed_names{"skip", "run_once", "run_all"};
constexpr std::array<std::string_view, 2> overlap_names{"allow", "skip"};

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    out += fmt::format(",\"{}\":", name);
    json::append_string(out, text);
}

void append_instant(std::string& out, std::string_view name, std::optional<instant_us> instant) {
    out += instant ? fmt::format(",\"{}\":\"{}\"", name, format_instant(*instant))
                   : fmt::format(",\"{}\":null", name);
}

void append_outcome(std::string& out, const schedule& shown) {
    append_instant(out, "nextRunAt", shown.next_run_at);
    append_instant(out, "lastRunAt", shown.last_run_at);
    out += ",\"lastTaskId\":" + (shown.last_task_id ? std::to_string(*shown.last_task_id) : "null");
    if (shown.last_error) {
        append_text(out, "lastError", *shown.last_error);
    } else {
        out += ",\"lastError\":null";
    }
}

}  // namespace

std::string_view name_of(missed_runs policy) {
    return missed_names[static_cast<std::size_t>(policy)];
}
std::string_view name_of(overlap_policy policy) {
    return overlap_names[static_cast<std::size_t>(policy)];
}

std::optional<missed_runs> parse_missed_runs(std::string_view name) {
    return find_name<missed_runs>(missed_names, name);
}

std::optional<overlap_policy> parse_overlap(std::string_view name) {
    return find_name<overlap_policy>(overlap_names, name);
}

result<timing> timing_of(const definition& says) {
    auto refused = fail(errc::validation_failed);
    const auto when = cron::parse(says.cron);
    if (!when) refused.fields.push_back({"/cron", "not_a_cron", when.error().detail});
    const auto zone = calendar::find_zone(says.time_zone);
    if (!zone) refused.fields.push_back({"/timeZone", "unknown_time_zone", zone.error().detail});
    if (refused.fields.empty()) return timing{*when, *zone, says.starts_at, says.ends_at};
    refused.detail = refused.fields.front().message;
    return refused;
}

std::string tag_of(std::int64_t schedule_id) {
    return fmt::format("schedule:{}", schedule_id);
}

void append_schedule(std::string& out, const schedule& shown) {
    const auto& says = shown.says;
    out.reserve(out.size() + 768 + says.task.size());
    out += fmt::format("{{\"scheduleId\":{},\"userId\":{}", shown.id, shown.user_id);
    append_text(out, "name", says.name);
    append_text(out, "cron", says.cron);
    append_text(out, "timeZone", says.time_zone);
    append_text(out, "missedRuns", name_of(says.missed));
    append_text(out, "overlap", name_of(says.overlap));
    out += says.paused ? ",\"paused\":true" : ",\"paused\":false";
    append_instant(out, "startsAt", says.starts_at);
    append_instant(out, "endsAt", says.ends_at);
    out += ",\"task\":" + says.task;
    append_outcome(out, shown);
    append_instant(out, "createdAt", shown.created_at);
    append_instant(out, "updatedAt", shown.updated_at);
    out += fmt::format(",\"version\":{}}}", shown.version);
}

std::string schedule_body(const schedule& shown) {
    std::string body{"{\"schedule\":"};
    append_schedule(body, shown);
    body += '}';
    return body;
}

}  // namespace esm::tasks::schedules
