// See task_rules.hpp.
#include "services/tasks/task_rules.hpp"

#include <fmt/format.h>

#include <set>

#include "platform/base/utf8.hpp"
#include "services/tasks/names.hpp"

namespace esm::tasks {

namespace {

constexpr instant_us year_us = 366LL * 24 * 3600 * 1'000'000;
constexpr std::size_t tags_max = 20;
constexpr std::size_t parents_max = 100;
constexpr std::size_t key_max_length = 200;
constexpr std::size_t problems_max = 50;  // named in one answer

using problem_list = std::vector<field_error>;

void check_tags(const std::vector<std::string>& tags, problem_list& problems) {
    if (tags.size() > tags_max) problems.push_back({"/tags", "item_count", "may have at most 20 items"});
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < tags.size(); ++i) {
        if (!is_tag(tags[i])) {
            problems.push_back(
                {fmt::format("/tags/{}", i),
                 "pattern",
                 "must have 1 to 64 characters, none of them a quote, a backslash or a control character"}
            );
        }
        if (!seen.insert(tags[i]).second) {
            problems.push_back({fmt::format("/tags/{}", i), "duplicate", "stands twice"});
        }
    }
}

void check_range(
    std::string_view pointer, std::optional<std::int64_t> given, std::int64_t maximum, problem_list& problems
) {
    if (!given || (*given >= 1 && *given <= maximum)) return;
    problems.push_back({std::string(pointer), "out_of_range", fmt::format("must be from 1 to {}", maximum)});
}

void check_key(std::string_view pointer, const std::optional<std::string>& key, problem_list& problems) {
    if (!key) return;
    const auto length = count_characters(*key);
    const bool plain = std::none_of(key->begin(), key->end(), [](char each) {
        return static_cast<unsigned char>(each) < 0x20 || each == 0x7F;
    });
    if (length >= 1 && length <= key_max_length && plain) return;
    problems.push_back(
        {std::string(pointer), "pattern", "must have 1 to 200 characters, none of them a control character"}
    );
}

// A field that means nothing without another one.
void check_needs(
    bool given, std::string_view pointer, bool there, std::string_view needed, problem_list& problems
) {
    if (!given || there) return;
    problems.push_back({std::string(pointer), "not_allowed", fmt::format("means nothing without {}", needed)}
    );
}

void check_parents(const std::vector<std::int64_t>& parents, problem_list& problems) {
    if (parents.size() > parents_max) {
        problems.push_back({"/dependsOn", "item_count", "may have at most 100 items"});
    }
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < parents.size(); ++i) {
        if (!seen.insert(parents[i]).second) {
            problems.push_back({fmt::format("/dependsOn/{}", i), "duplicate", "stands twice"});
        }
    }
}

void check_links(const new_task& given, problem_list& problems) {
    check_key("/uniqueKey", given.unique_key, problems);
    check_needs(
        given.on_conflict.has_value(), "/onConflict", given.unique_key.has_value(), "uniqueKey", problems
    );
    check_key("/concurrencyKey", given.concurrency_key, problems);
    check_range("/concurrencyLimit", given.concurrency_limit, 1000, problems);
    check_needs(
        given.concurrency_limit.has_value(),
        "/concurrencyLimit",
        given.concurrency_key.has_value(),
        "concurrencyKey",
        problems
    );
    check_parents(given.depends_on, problems);
    check_needs(
        given.on_parent_failure.has_value(),
        "/onParentFailure",
        !given.depends_on.empty(),
        "dependsOn",
        problems
    );
}

}  // namespace

std::optional<unique_conflict> parse_unique_conflict(std::string_view name) {
    if (name == "return") return unique_conflict::give_existing;
    if (name == "reject") return unique_conflict::reject;
    if (name == "replace") return unique_conflict::replace;
    return std::nullopt;
}

error rules_broken(problem_list problems) {
    if (problems.size() > problems_max) problems.resize(problems_max);
    auto refused =
        fail(errc::validation_failed, fmt::format("{}: {}", problems[0].pointer, problems[0].message));
    refused.fields = std::move(problems);
    return refused;
}

problem_list broken_rules(
    const new_task& given,
    std::size_t parameters_bytes,
    std::int64_t parameters_max_bytes,
    const handler_set& handlers
) {
    problem_list problems;
    if (!is_type_name(given.type)) {
        problems.push_back(
            {"/taskType", "pattern", "must be 1 to 64 of a-z, 0-9 and _, beginning with a letter"}
        );
    }
    if (given.queue && !is_queue_name(*given.queue)) {
        problems.push_back(
            {"/queue", "pattern", "must be 1 to 64 of a-z, 0-9, _, . and -, beginning with a letter or digit"}
        );
    }
    check_range("/timeoutSeconds", given.timeout_seconds, 86'400, problems);
    check_range("/maxAttempts", given.max_attempts, 25, problems);
    check_tags(given.tags, problems);
    check_links(given, problems);
    if (given.run_at && *given.run_at > now_us() + year_us) {
        problems.push_back({"/runAt", "out_of_range", "must be within a year"});
    }
    if (parameters_bytes > static_cast<std::size_t>(parameters_max_bytes)) {
        problems.push_back(
            {"/parameters", "too_large", fmt::format("may have {} bytes at most", parameters_max_bytes)}
        );
    } else if (const auto* handler = handlers.find(given.type)) {
        for (auto& each : handler->check(given.parameters)) {
            each.pointer = "/parameters" + each.pointer;
            problems.push_back(std::move(each));
        }
    }
    return problems;
}

}  // namespace esm::tasks
