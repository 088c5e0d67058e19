// See task_json.hpp.
#include "services/tasks/task_json.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

#include "platform/base/json_text.hpp"

namespace esm::tasks {

namespace {

void append_number(std::string& out, std::int64_t number) {
    const fmt::format_int digits(number);
    out.append(digits.data(), digits.size());
}

void append_instant(std::string& out, std::optional<instant_us> instant) {
    if (!instant) {
        out += "null";
        return;
    }
    out += '"';
    out += format_instant(*instant);
    out += '"';
}

void append_result(std::string& out, const task& shown, std::size_t result_max_bytes) {
    const bool left_out = shown.result_omitted || (shown.result && shown.result->size() > result_max_bytes);
    out += ",\"result\":";
    out += shown.result && !left_out ? *shown.result : "null";
    if (left_out) out += ",\"resultTruncated\":true";
}

void append_times(std::string& out, const task& shown) {
    out += ",\"runAt\":";
    append_instant(out, shown.run_at);
    out += ",\"createdAt\":";
    append_instant(out, shown.created_at);
    out += ",\"startedAt\":";
    append_instant(out, shown.started_at);
    out += ",\"completedAt\":";
    append_instant(out, shown.completed_at);
    out += ",\"processingTime\":";
    if (shown.started_at && shown.completed_at) {
        const auto took = static_cast<double>(*shown.completed_at - *shown.started_at) / 1e6;
        fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:.6f}"), std::max(took, 0.0));
    } else {
        out += "null";
    }
}

}  // namespace

std::string tags_text(const std::vector<std::string>& tags) {
    std::string text{"["};
    for (const auto& tag : tags) {
        if (text.size() > 1) text += ',';
        json::append_string(text, tag);
    }
    text += ']';
    return text;
}

std::optional<std::string> extra_text(const task_extra& extra) {
    if (extra == task_extra{}) return std::nullopt;
    std::string out;
    const auto begin = [&out](std::string_view name) {
        if (!out.empty()) out += ',';
        json::append_string(out, name);
        out += ':';
    };
    const auto text = [&](std::string_view name, const std::optional<std::string>& value) {
        if (!value) return;
        begin(name);
        json::append_string(out, *value);
    };
    text("uniqueKey", extra.unique_key);
    text("concurrencyKey", extra.concurrency_key);
    if (extra.concurrency_key) {
        begin("concurrencyLimit");
        append_number(out, extra.concurrency_limit);
    }
    if (!extra.depends_on.empty()) {
        begin("dependsOn");
        for (const auto each : extra.depends_on) {
            out += out.back() == ':' ? '[' : ',';
            append_number(out, each);
        }
        out += ']';
        text("onParentFailure", std::string(name_of(extra.on_parent_failure)));
    }
    if (extra.retry_of) {
        begin("retryOf");
        append_number(out, *extra.retry_of);
    }
    return out;
}

task_extra read_extra(std::string_view members) {
    const auto document = boost::json::parse('{' + std::string(members) + '}');
    const auto& from = document.get_object();
    task_extra read;
    const auto text = [&](const char* name) -> std::optional<std::string> {
        const auto* found = from.if_contains(name);
        if (!found) return std::nullopt;
        return std::string(found->get_string());
    };
    read.unique_key = text("uniqueKey");
    read.concurrency_key = text("concurrencyKey");
    if (const auto* limit = from.if_contains("concurrencyLimit")) read.concurrency_limit = limit->get_int64();
    if (const auto* parents = from.if_contains("dependsOn")) {
        for (const auto& each : parents->get_array()) read.depends_on.push_back(each.get_int64());
    }
    if (const auto policy = text("onParentFailure")) {
        read.on_parent_failure = parse_parent_failure(*policy).value();
    }
    if (const auto* first = from.if_contains("retryOf")) read.retry_of = first->get_int64();
    return read;
}

void append_task(std::string& out, const task& shown, std::size_t result_max_bytes) {
    out.reserve(out.size() + 640 + shown.parameters.size() + (shown.result ? shown.result->size() : 0));
    out += "{\"taskId\":";
    append_number(out, shown.id);
    out += ",\"taskReference\":\"";
    out += reference_of(shown);
    out += "\",\"taskType\":";
    json::append_string(out, shown.type);
    out += ",\"status\":\"";
    out += name_of(shown.status);
    out += "\",\"priority\":\"";
    out += name_of(shown.priority);
    out += "\",\"progress\":";
    append_number(out, shown.progress);
    out += ",\"parameters\":";
    out += shown.parameters;
    append_result(out, shown, result_max_bytes);
    out += ",\"errorMessage\":";
    if (shown.error_message) {
        json::append_string(out, *shown.error_message);
    } else {
        out += "null";
    }
    out += ",\"userId\":";
    append_number(out, shown.user_id);
    out += ",\"attempt\":";
    append_number(out, shown.attempt);
    out += ",\"maxAttempts\":";
    append_number(out, shown.max_attempts);
    out += ",\"queue\":";
    json::append_string(out, shown.queue);
    out += ",\"timeoutSeconds\":";
    append_number(out, shown.timeout_seconds);
    out += ",\"tags\":";
    out += tags_text(shown.tags);
    append_times(out, shown);
    out += ",\"cancelRequested\":";
    out += shown.cancel_requested ? "true" : "false";
    if (shown.worker) {
        out += ",\"worker\":";
        json::append_string(out, *shown.worker);
    }
    if (const auto extra = extra_text(shown.extra)) {
        out += ',';
        out += *extra;
    }
    out += ",\"version\":";
    append_number(out, shown.version);
    out += '}';
}

std::string task_body(const task& shown) {
    std::string body{"{\"task\":"};
    append_task(body, shown);
    body += '}';
    return body;
}

}  // namespace esm::tasks
