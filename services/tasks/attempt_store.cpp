// See attempt_store.hpp.
#include "services/tasks/attempt_store.hpp"

#include <algorithm>
#include <array>

#include "services/tasks/sql.hpp"

namespace esm::tasks::attempt_store {

namespace {
constexpr std::array<std::string_view, 4> severity_names{"debug", "info", "warn", "error"};
}

std::string_view name_of(log_severity severity) {
    return severity_names[static_cast<std::size_t>(severity)];
}

std::optional<log_severity> parse_severity(std::string_view name) {
    const auto found = std::find(severity_names.begin(), severity_names.end(), name);
    if (found == severity_names.end()) return std::nullopt;
    return static_cast<log_severity>(found - severity_names.begin());
}

void insert(db::transaction& tx, const std::vector<attempt>& ended) {
    if (ended.empty()) return;
    db::integer_list ids, numbers, started, over;
    db::text_list workers, outcomes;
    db::nullable_texts messages;
    for (const auto& each : ended) {
        ids.push_back(each.task_id);
        numbers.push_back(each.number);
        workers.push_back(each.worker);
        started.push_back(each.started_at);
        over.push_back(each.ended_at);
        outcomes.push_back(each.outcome);
        messages.push_back(each.error_message);
    }
    tx.exec_bulk(
        sql::insert_attempts,
        {std::move(ids),
         std::move(numbers),
         std::move(workers),
         std::move(started),
         std::move(over),
         std::move(outcomes),
         std::move(messages)}
    );
}

awaitable<std::unordered_map<std::int64_t, std::int64_t>> count_lost(
    db::transaction& tx, std::vector<std::int64_t> task_ids
) {
    std::unordered_map<std::int64_t, std::int64_t> counts;
    if (task_ids.empty()) co_return counts;
    for (const auto& row : co_await tx.query(sql::count_lost, std::move(task_ids))) {
        counts[row.integer(0)] = row.integer(1);
    }
    co_return counts;
}

awaitable<std::vector<attempt>> list(db::database& source, std::int64_t task_id, deadline until) {
    std::vector<attempt> found;
    for (const auto& row : co_await source.query(until, sql::list_attempts, task_id)) {
        found.push_back(
            {task_id,
             row.integer(0),
             row.text(1),
             row.integer(2),
             row.integer(3),
             row.text(4),
             row.optional_text(5)}
        );
    }
    co_return found;
}

void append_log(
    db::transaction& tx,
    std::int64_t task_id,
    std::int64_t attempt,
    std::int64_t last_line,
    const std::vector<log_line>& lines
) {
    if (lines.empty()) return;
    db::integer_list ids(lines.size(), task_id), attempts(lines.size(), attempt), numbers, instants;
    db::text_list severities, texts;
    for (const auto& each : lines) {
        numbers.push_back(++last_line);
        instants.push_back(each.at);
        severities.emplace_back(name_of(each.severity));
        texts.push_back(each.text);
    }
    tx.exec_bulk(
        sql::insert_log,
        {std::move(ids),
         std::move(attempts),
         std::move(numbers),
         std::move(instants),
         std::move(severities),
         std::move(texts)}
    );
}

awaitable<std::int64_t> last_line(db::transaction& tx, std::int64_t task_id, std::int64_t attempt) {
    co_return (co_await tx.query(sql::count_log, task_id, attempt)).front().integer(0);
}

awaitable<std::vector<logged>> list_log(
    db::database& source,
    std::int64_t task_id,
    std::optional<std::int64_t> attempt,
    std::int64_t after_attempt,
    std::int64_t after_line,
    std::size_t limit,
    deadline until
) {
    const auto found =
        co_await source.query(until, sql::list_log, task_id, attempt, after_attempt, after_line, limit);
    std::vector<logged> lines;
    for (const auto& row : found) {
        lines.push_back(
            {row.integer(0),
             row.integer(1),
             {row.integer(2), parse_severity(row.view(3)).value_or(log_severity::info), row.text(4)}}
        );
    }
    co_return lines;
}

}  // namespace esm::tasks::attempt_store
