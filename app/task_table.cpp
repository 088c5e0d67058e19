// See task_table.hpp.
#include "app/task_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "app/terminal.hpp"
#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

constexpr std::size_t type_columns_max = 28;
constexpr std::size_t status_columns = 9;
constexpr std::size_t time_columns = 10;
constexpr std::size_t type_columns_min = 6;
constexpr std::size_t share_columns = 5;
constexpr std::size_t bar_columns = 20;
constexpr std::size_t short_bar_columns = 10;
constexpr std::size_t remark_columns_min = 24;  // less, and the bar is short
constexpr std::size_t frame_lines = 2;          // head and foot
constexpr std::string_view plain_style = "\x1b[0m";
constexpr std::string_view dim_style = "\x1b[2m";
constexpr std::string_view head_style = "\x1b[1m";

std::string text_of(const bj::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::int64_t number_of(const bj::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

// At most so many characters, the last one an ellipsis where some are cut off.
std::string cut(std::string text, std::size_t columns, bool unicode) {
    if (count_characters(text) <= columns) return text;
    const std::string_view ellipsis = unicode ? "…" : "~";
    std::size_t bytes = 0;
    for (std::size_t i = 0; i + 1 < columns; ++i) {
        bytes += std::max<std::size_t>(1, first_utf8_character(std::string_view(text).substr(bytes)).length);
    }
    text.resize(bytes);
    return columns == 0 ? std::string() : text.append(ellipsis);
}

std::string padded(std::string text, std::size_t columns) {
    const auto length = count_characters(text);
    if (length < columns) text.append(columns - length, ' ');
    return text;
}

std::string_view style_of(std::string_view status) {
    if (status == "running") return "\x1b[36m";
    if (status == "completed") return "\x1b[32m";
    if (status == "failed" || status == "timed_out") return "\x1b[31m";
    if (status == "cancelled" || status == "retrying") return "\x1b[33m";
    return dim_style;
}

std::string styled(std::string_view style, std::string_view text, const table_look& look) {
    if (!look.colours || text.empty()) return std::string(text);
    return fmt::format("{}{}{}", style, text, plain_style);
}

std::string_view mark_of(const task_line& shown, std::size_t frame, bool unicode) {
    constexpr std::array<std::string_view, 10> dots{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    constexpr std::array<std::string_view, 4> strokes{"|", "/", "-", "\\"};
    if (shown.status == "running") {
        return unicode ? dots[frame % dots.size()] : strokes[frame % strokes.size()];
    }
    if (shown.status == "completed") return unicode ? "✓" : "+";
    if (has_failed(shown)) return unicode ? "✗" : "x";
    if (shown.status == "retrying") return unicode ? "↻" : "r";
    return unicode ? "·" : ".";
}

// Eighths of a column where the terminal has them.
std::string bar_of(std::int64_t progress, std::size_t columns, bool unicode) {
    constexpr std::array<std::string_view, 8> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const auto share = static_cast<std::size_t>(std::clamp<std::int64_t>(progress, 0, 100));
    const auto eighths = share * columns * 8 / 100;
    std::string bar;
    std::size_t drawn = eighths / 8;
    for (std::size_t i = 0; i < drawn; ++i) bar += unicode ? "█" : "#";
    if (unicode && eighths % 8 > 0) {
        bar += parts[eighths % 8];
        ++drawn;
    }
    for (; drawn < columns; ++drawn) bar += unicode ? "░" : ".";
    return bar;
}

// To the second where it is near.
std::string until_text(std::int64_t seconds) {
    constexpr std::int64_t hour_s = 3'600, day_s = 24 * hour_s;
    if (seconds < 10 * hour_s) return "in " + clock_text(seconds);
    if (seconds < 2 * day_s) return fmt::format("in {} h", seconds / hour_s);
    return fmt::format("in {} d", seconds / day_s);
}

// How long it runs or ran, or until when it waits.
std::string time_of(const task_line& shown, instant_us now) {
    constexpr instant_us second_us = 1'000'000;
    if (shown.status == "scheduled" && shown.run_at > now)
        return until_text((shown.run_at - now) / second_us);
    if (!shown.started_at) return {};
    const auto until = shown.completed_at.value_or(now);
    if (shown.status != "running" && !shown.completed_at) return {};
    const auto took = std::max<instant_us>(0, until - *shown.started_at);
    if (shown.completed_at && took < 10 * second_us)
        return fmt::format("{:.1f} s", static_cast<double>(took) / 1e6);
    return clock_text(took / second_us);
}

std::string remark_of(const task_line& shown) {
    std::string remark;
    if (shown.attempt > 1) remark = fmt::format("attempt {} of {}", shown.attempt, shown.max_attempts);
    if (shown.message.empty() || shown.status == "completed") return remark;
    return remark.empty() ? shown.message : remark + ": " + shown.message;
}

struct widths {
    std::size_t id{2}, type{4}, bar{bar_columns};

    // All but the remark.
    std::size_t line() const {
        return 2 + id + 2 + type + 2 + status_columns + 2 + (bar > 0 ? bar + 1 : 0) + share_columns + 2 +
               time_columns;
    }
    // What a narrow terminal has no room for goes, the bar first.
    void fit(std::size_t columns) {
        if (line() + remark_columns_min > columns) bar = short_bar_columns;
        if (line() > columns) bar = 0;
        if (line() > columns) type = std::max(type_columns_min, type - std::min(type, line() - columns));
    }
};

std::string draw_line(
    const task_line& shown, const widths& wide, const table_look& look, instant_us now, std::size_t frame
) {
    const auto style = style_of(shown.status);
    const bool waits = !shown.started_at && !has_ended(shown);
    auto bar = bar_of(shown.progress, wide.bar, look.unicode);
    if (!bar.empty()) bar = styled(waits ? dim_style : style, bar, look) + " ";
    auto line = fmt::format(
        "{} {}  {}  {}  {}{}  {}",
        styled(style, mark_of(shown, frame, look.unicode), look),
        padded(std::to_string(shown.id), wide.id),
        padded(cut(harmless(shown.type), wide.type, look.unicode), wide.type),
        styled(style, padded(shown.status, status_columns), look),
        bar,
        padded(waits ? "" : fmt::format("{:>3} %", shown.progress), share_columns),
        padded(time_of(shown, now), time_columns)
    );
    const auto left = look.columns > wide.line() + 2 ? look.columns - wide.line() - 2 : 0;
    const auto remark = cut(harmless(remark_of(shown)), left, look.unicode);
    if (!remark.empty()) line += "  " + styled(has_failed(shown) ? style : dim_style, remark, look);
    return line;
}

// What to leave out last: what runs, what is to be tried again, what ended last, what waits.
std::vector<const task_line*> choose(const std::vector<task_line>& tasks, std::size_t most) {
    std::vector<const task_line*> chosen;
    for (const auto& each : tasks) chosen.push_back(&each);
    const auto by_id = [](const task_line* a, const task_line* b) { return a->id < b->id; };
    if (chosen.size() > most) {
        const auto rank = [](const task_line* each) {
            const auto kind = each->status == "running"    ? 0
                              : each->status == "retrying" ? 1
                              : has_ended(*each)           ? 2
                                                           : 3;
            return std::tuple(kind, -each->completed_at.value_or(0), each->id);
        };
        std::sort(chosen.begin(), chosen.end(), [&](const auto* a, const auto* b) {
            return rank(a) < rank(b);
        });
        chosen.resize(most);
    }
    std::sort(chosen.begin(), chosen.end(), by_id);
    return chosen;
}

std::string foot_of(
    const std::vector<task_line>& tasks, std::size_t left_out, const table_look& look, std::string_view note
) {
    constexpr std::array<std::string_view, 9> order{
        "running",
        "retrying",
        "pending",
        "blocked",
        "scheduled",
        "completed",
        "failed",
        "timed_out",
        "cancelled"
    };
    std::map<std::string_view, std::size_t> counts;
    for (const auto& each : tasks) ++counts[each.status];
    std::vector<std::string> parts;
    for (const auto status : order) {
        if (counts[status] == 0) continue;
        parts.push_back(styled(style_of(status), fmt::format("{} {}", counts[status], status), look));
    }
    if (left_out > 0) parts.push_back(styled(dim_style, fmt::format("{} not shown", left_out), look));
    if (!note.empty()) parts.push_back(styled("\x1b[33m", note, look));
    return fmt::format("{}", fmt::join(parts, look.unicode ? " · " : ", "));
}

}  // namespace

task_line read_task_line(const bj::object& task) {
    task_line read;
    read.id = number_of(task, "taskId");
    read.type = text_of(task, "taskType");
    read.status = text_of(task, "status");
    read.message = text_of(task, "errorMessage");
    read.progress = number_of(task, "progress");
    read.attempt = number_of(task, "attempt");
    read.max_attempts = number_of(task, "maxAttempts");
    read.version = number_of(task, "version");
    read.run_at = parse_instant(text_of(task, "runAt")).value_or(0);
    read.started_at = parse_instant(text_of(task, "startedAt"));
    read.completed_at = parse_instant(text_of(task, "completedAt"));
    return read;
}

bool has_failed(const task_line& shown) {
    return shown.status == "failed" || shown.status == "timed_out" || shown.status == "cancelled";
}

bool has_ended(const task_line& shown) {
    return shown.status == "completed" || has_failed(shown);
}

std::string clock_text(std::int64_t seconds) {
    const auto minutes = seconds / 60;
    if (minutes < 60) return fmt::format("{}:{:02}", minutes, seconds % 60);
    return fmt::format("{}:{:02}:{:02}", minutes / 60, minutes % 60, seconds % 60);
}

std::string plain_line(const task_line& shown) {
    auto line = fmt::format("{} {} {}", shown.id, harmless(shown.type), shown.status);
    if (shown.status == "running") line += fmt::format(" {} %", shown.progress);
    const auto remark = remark_of(shown);
    return remark.empty() ? line : line + ": " + harmless(remark);
}

std::vector<std::string> draw_tasks(
    const std::vector<task_line>& tasks,
    const table_look& look,
    instant_us now,
    std::size_t frame,
    std::string_view note
) {
    const auto room = look.rows > frame_lines ? look.rows - frame_lines : 1;
    const auto chosen = choose(tasks, look.rows == 0 ? tasks.size() : room);
    widths wide;
    for (const auto* each : chosen) {
        wide.id = std::max(wide.id, std::to_string(each->id).size());
        wide.type = std::max(wide.type, std::min(type_columns_max, count_characters(harmless(each->type))));
    }
    wide.fit(look.columns);
    std::vector<std::string> lines;
    const auto head = fmt::format(
        "  {}  {}  {}  {}  {}",
        padded("ID", wide.id),
        padded("TYPE", wide.type),
        padded("STATUS", status_columns),
        padded("PROGRESS", std::max<std::size_t>(8, wide.bar + share_columns + 1)),
        "TIME"
    );
    lines.push_back(styled(head_style, cut(head, look.columns, look.unicode), look));
    for (const auto* each : chosen) lines.push_back(draw_line(*each, wide, look, now, frame));
    lines.push_back(foot_of(tasks, tasks.size() - chosen.size(), look, note));
    return lines;
}

}  // namespace esm::app
