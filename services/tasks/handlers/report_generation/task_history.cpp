// See task_history.hpp.
#include "services/tasks/handlers/report_generation/task_history.hpp"

#include <fmt/format.h>

#include "services/tasks/handlers/report_generation/texts.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr instant_us day_us = 86'400'000'000;
constexpr std::int64_t days_default = 30;

struct period {
    instant_us from{0}, to{0};
};

std::optional<instant_us> read_instant(checked_object& from, std::string_view name) {
    const auto* given = from.member(name, false);
    if (!given) return std::nullopt;
    const auto instant = given->is_string() ? parse_instant(given->get_string()) : std::nullopt;
    if (!instant) from.reject(name, "format", "must be an RFC 3339 instant, as 2026-11-01T00:00:00Z");
    return instant;
}

period read_period(checked_object& from, instant_us now) {
    period read{now - days_default * day_us, now};
    const auto* given = from.member("period", false);
    if (!given) return read;
    if (!given->is_object()) {
        from.reject("period", "wrong_type", "must be an object");
        return read;
    }
    checked_object asked(given->get_object(), from.pointer_to("period"), from.problems());
    asked.only({"lastDays", "from", "to"});
    constexpr auto longest = static_cast<std::int64_t>(period_days_max);
    if (asked.member("lastDays", false)) {
        read.from = now - read_integer(asked, "lastDays", 1, longest, days_default) * day_us;
        for (const auto* other : {"from", "to"}) {
            if (asked.member(other, false)) asked.reject(other, "not_allowed", "does not go with lastDays");
        }
        return read;
    }
    if (!asked.member("from", false)) asked.reject("from", "required", "is required, or lastDays");
    read.from = read_instant(asked, "from").value_or(read.from);
    read.to = read_instant(asked, "to").value_or(now);
    if (read.from >= read.to) {
        asked.reject("from", "out_of_range", "must be before the period's end");
    } else if (read.to - read.from > longest * day_us) {
        asked.reject("from", "out_of_range", fmt::format("must be at most {} days before its end", longest));
    }
    return read;
}

bucket bucket_for(const period& shown) {
    const auto days = (shown.to - shown.from + day_us - 1) / day_us;
    return days <= 3 ? bucket::hour : days <= 92 ? bucket::day : days <= 730 ? bucket::week : bucket::month;
}

std::string_view name_of(bucket size) {
    constexpr std::array<std::string_view, 5> names{"", "hour", "day", "week", "month"};
    return names[static_cast<std::size_t>(size)];
}

// The shipped titles say "day".
void set_bucket(chart_plan& chart, const period& shown) {
    if (chart.category.size == bucket::none) return;
    chart.category.size = bucket_for(shown);
    chart.from = shown.from;
    chart.to = shown.to;
    const auto at = chart.title.find("per day");
    if (at != std::string::npos) {
        chart.title.replace(at, 7, fmt::format("per {}", name_of(chart.category.size)));
    }
}

}  // namespace

void add_task_history(checked_object& from, instant_us now, plan& into) {
    const auto shown = read_period(from, now);
    into.shipped = std::make_shared<const bj::value>(bj::parse(texts::task_history));
    checked_object shipped(into.shipped->get_object(), "", from.problems());
    // Instants in one form order as their texts do.
    into.texts.push_back(format_instant(shown.from));
    into.texts.push_back(format_instant(shown.to));
    source_plan tasks{"tasks", {}, {}};
    tasks.data.records = own_records::tasks;
    tasks.where = {
        {"createdAt", data::comparison::ge, {cell(std::string_view(into.texts[0]))}},
        {"createdAt", data::comparison::lt, {cell(std::string_view(into.texts[1]))}}
    };
    into.sources.push_back(std::move(tasks));
    into.sections = read_sections(shipped, into.sources);
    for (auto& section : into.sections) {
        if (auto* chart = std::get_if<chart_plan>(&section)) set_bucket(*chart, shown);
    }
    if (into.title.empty()) into.title = "Task history";
    if (into.subtitle.empty()) {
        into.subtitle = fmt::format(
            "Tasks created from {} to {} UTC", format_date_time(shown.from), format_date_time(shown.to)
        );
    }
}

}  // namespace esm::tasks::report_generation
