// See worker_messages.hpp.
#include "services/tasks/worker_messages.hpp"

#include <algorithm>
#include <set>

#include "platform/base/json_decoder.hpp"
#include "platform/base/utf8.hpp"
#include "services/tasks/names.hpp"

namespace esm::tasks::worker_messages {

namespace {

constexpr int items_max = 500;
constexpr int types_max = 100;
constexpr int queues_max = 100;
constexpr int lease_max = 500;
constexpr int wait_max_ms = 60'000;
constexpr std::size_t worker_max_length = 128;
constexpr std::size_t text_max_bytes = 4096;
constexpr std::int64_t retry_after_max_ms = 24LL * 3600 * 1000;
// Enough to mend a call by; a message of a thousand mistakes helps nobody.
constexpr std::size_t problems_max = 10;

class problems {
public:
    void add(std::string pointer, std::string code, std::string message) {
        if (fields_.size() < problems_max) {
            fields_.push_back({std::move(pointer), std::move(code), std::move(message)});
        }
    }
    std::optional<error> finish() {
        if (fields_.empty()) return std::nullopt;
        auto made = fail(errc::validation_failed, "a field breaks its rule; nothing was done");
        made.fields = std::move(fields_);
        return made;
    }

private:
    std::vector<field_error> fields_;
};

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char each) {
        const auto code = static_cast<unsigned char>(each);
        return code < 0x20 || code == 0x7F;
    });
}

// A text for people, cut; U+0000 has no place in the database.
std::string read_text(const std::string& given, const std::string& pointer, bool needed, problems& found) {
    if (needed && given.empty()) found.add(pointer, "required", "must not be empty");
    if (given.find('\0') != std::string::npos) found.add(pointer, "pattern", "may not hold U+0000");
    return std::string(cut_utf8(given, text_max_bytes));
}

template <class Item>
void check_lease(const Item& item, const std::string& pointer, problems& found) {
    if (item.task_id() <= 0) found.add(pointer + "/task_id", "required", "must be the id of a leased task");
    if (item.lease_token() <= 0) {
        found.add(pointer + "/lease_token", "required", "must be the token that came with the task");
    }
}

void check_count(int count, int most, const std::string& pointer, problems& found) {
    if (count < 1) found.add(pointer, "min_items", "must have at least one");
    if (count > most) found.add(pointer, "max_items", fmt::format("may have {} at most", most));
}

// The number of items, their ids and tokens.
template <class Items>
void check_items(const Items& items, problems& found) {
    check_count(items.size(), items_max, "/items", found);
    if (items.size() > items_max) return;
    std::set<std::int64_t> seen;
    for (int i = 0; i < items.size(); ++i) {
        const auto pointer = fmt::format("/items/{}", i);
        check_lease(items[i], pointer, found);
        if (!seen.insert(items[i].task_id()).second) {
            found.add(pointer + "/task_id", "unique_items", "is given twice");
        }
    }
}

void read_types(
    const proto::LeaseRequest& from, const handler_set& built_in, lease_request& into, problems& found
) {
    check_count(from.task_types_size(), types_max, "/task_types", found);
    if (from.task_types_size() > types_max) return;
    for (int i = 0; i < from.task_types_size(); ++i) {
        const auto& type = from.task_types(i);
        const auto pointer = fmt::format("/task_types/{}", i);
        if (!is_type_name(type)) {
            found.add(pointer, "pattern", "must be 1 to 64 of a-z, 0-9 and _, beginning with a letter");
        } else if (built_in.find(type) != nullptr) {
            found.add(pointer, "not_allowed", "is built in: EventStreamMonitor does such tasks itself");
        } else if (std::find(into.types.begin(), into.types.end(), type) == into.types.end()) {
            into.types.push_back(type);
        }
    }
}

void read_queues(const proto::LeaseRequest& from, lease_request& into, problems& found) {
    if (from.queues_size() > queues_max) {
        found.add("/queues", "max_items", fmt::format("may have {} at most", queues_max));
        return;
    }
    for (int i = 0; i < from.queues_size(); ++i) {
        const auto& queue = from.queues(i);
        if (!is_queue_name(queue)) {
            found.add(
                fmt::format("/queues/{}", i),
                "pattern",
                "must be 1 to 64 of a-z, 0-9, _, . and -, beginning with a letter or digit"
            );
        } else if (std::find(into.queues.begin(), into.queues.end(), queue) == into.queues.end()) {
            into.queues.push_back(queue);
        }
    }
}

std::optional<log_severity> read_severity(int given) {
    if (given == proto::LOG_SEVERITY_UNSPECIFIED) return log_severity::info;
    if (!proto::LogSeverity_IsValid(given)) return std::nullopt;
    return static_cast<log_severity>(given - 1);
}
static_assert(proto::LOG_SEVERITY_DEBUG == static_cast<int>(log_severity::debug) + 1);
static_assert(proto::LOG_SEVERITY_ERROR == static_cast<int>(log_severity::error) + 1);

}  // namespace

result<asked_lease> read(const proto::LeaseRequest& from, const handler_set& built_in) {
    problems found;
    asked_lease read;
    const auto length = count_characters(from.worker());
    if (length < 1 || length > worker_max_length || has_control_characters(from.worker())) {
        found.add(
            "/worker",
            "pattern",
            fmt::format("must be 1 to {} characters without control characters", worker_max_length)
        );
    }
    read.request.worker = from.worker();
    read_types(from, built_in, read.request, found);
    read_queues(from, read.request, found);
    if (from.max() < 1 || from.max() > lease_max) {
        found.add("/max", "out_of_range", fmt::format("must be from 1 to {}", lease_max));
    }
    if (from.wait_ms() < 0 || from.wait_ms() > wait_max_ms) {
        found.add("/wait_ms", "out_of_range", fmt::format("must be from 0 to {}", wait_max_ms));
    }
    if (auto problem = found.finish()) return *problem;
    read.request.max = static_cast<std::size_t>(from.max());
    read.wait = std::chrono::milliseconds(from.wait_ms());
    return read;
}

result<beats> read(const proto::HeartbeatRequest& from) {
    problems found;
    beats read;
    check_items(from.items(), found);
    for (int i = 0; i < std::min(from.items_size(), items_max); ++i) {
        const auto& item = from.items(i);
        const auto pointer = fmt::format("/items/{}", i);
        auto& sign = read.items.emplace_back(sign_of_life{item.task_id(), item.lease_token(), {}});
        if (item.has_progress()) {
            sign.progress = item.progress();
            if (item.progress() < 0 || item.progress() > 100) {
                found.add(pointer + "/progress", "out_of_range", "must be from 0 to 100");
            }
        }
        read.messages.push_back(read_text(item.message(), pointer + "/message", false, found));
    }
    if (auto problem = found.finish()) return *problem;
    return read;
}

result<std::vector<finished>> read(const proto::CompleteRequest& from, std::size_t result_max_bytes) {
    problems found;
    std::vector<finished> read;
    check_items(from.items(), found);
    for (int i = 0; i < std::min(from.items_size(), items_max); ++i) {
        const auto& item = from.items(i);
        const auto pointer = fmt::format("/items/{}/result_json", i);
        const auto& text = item.result_json();
        if (text.size() > result_max_bytes) {
            found.add(pointer, "too_large", fmt::format("may have {} bytes at most", result_max_bytes));
        } else if (!text.empty()) {
            const auto parsed = json::parse(text);
            if (!parsed) found.add(pointer, "not_json", "is no JSON: " + parsed.error().detail);
        }
        read.push_back(
            {item.task_id(), item.lease_token(), outcome::kind::completed, text.empty() ? "null" : text, {}}
        );
    }
    if (auto problem = found.finish()) return *problem;
    return read;
}

result<finished> read(const proto::FailRequest& from) {
    problems found;
    check_lease(from, {}, found);
    auto why = read_text(from.error_message(), "/error_message", true, found);
    const auto wait = from.retry_after_ms();
    if (wait < 0 || wait > retry_after_max_ms) {
        found.add("/retry_after_ms", "out_of_range", fmt::format("must be from 0 to {}", retry_after_max_ms));
    } else if (wait > 0 && from.final()) {
        found.add("/retry_after_ms", "not_allowed", "a final failure is not tried again");
    }
    if (auto problem = found.finish()) return *problem;
    const auto how = from.final() ? outcome::kind::rejected : outcome::kind::failed;
    return finished{from.task_id(), from.lease_token(), how, std::move(why), std::chrono::milliseconds(wait)};
}

result<asked_lines> read(const proto::AppendLogRequest& from) {
    problems found;
    asked_lines read{from.task_id(), from.lease_token(), {}};
    check_lease(from, {}, found);
    check_count(from.lines_size(), items_max, "/lines", found);
    const auto now = now_us();
    for (int i = 0; i < std::min(from.lines_size(), items_max); ++i) {
        const auto pointer = fmt::format("/lines/{}", i);
        const auto severity = read_severity(from.lines(i).severity());
        if (!severity) found.add(pointer + "/severity", "not_allowed", "is no severity");
        auto text = read_text(from.lines(i).text(), pointer + "/text", true, found);
        read.lines.push_back({now, severity.value_or(log_severity::info), std::move(text)});
    }
    if (auto problem = found.finish()) return *problem;
    return read;
}

result<std::vector<lease::held>> read(const proto::ReleaseRequest& from) {
    problems found;
    std::vector<lease::held> read;
    check_items(from.items(), found);
    if (auto problem = found.finish()) return *problem;
    for (const auto& item : from.items()) read.push_back({.id = item.task_id(), .token = item.lease_token()});
    return read;
}

void fill(proto::LeasedTask& into, leased_task from, instant_us now) {
    auto& row = from.row;
    into.set_task_id(row.id);
    into.set_lease_token(from.token);
    into.set_task_reference(reference_of(row));
    into.set_task_type(std::move(row.type));
    into.set_parameters_json(std::move(row.parameters));
    into.set_attempt(static_cast<std::int32_t>(row.attempt));
    into.set_max_attempts(static_cast<std::int32_t>(row.max_attempts));
    into.set_queue(std::move(row.queue));
    into.set_user_id(row.user_id);
    for (auto& tag : row.tags) into.add_tags(std::move(tag));
    into.set_deadline_us(now + row.timeout_seconds * 1'000'000);
    into.set_time_left_ms(row.timeout_seconds * 1'000);
    into.set_correlation_id(std::move(row.correlation_id));
    into.set_traceparent(std::move(row.traceparent));
}

}  // namespace esm::tasks::worker_messages
