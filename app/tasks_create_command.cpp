// `esm tasks create`.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <sstream>

#include "app/tasks_commands.hpp"
#include "app/terminal.hpp"
#include "platform/base/json_decoder.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

struct create_options {
    std::string type, parameters{"{}"};
    std::string priority, queue, run_at, idempotency_key;
    std::string unique_key, on_conflict, concurrency_key, on_parent_failure;
    std::vector<std::string> tags;
    std::vector<std::int64_t> depends_on;
    std::optional<std::int64_t> timeout_seconds, attempts_max, user_id, concurrency_limit;
    bool wait{false}, as_json{false};
};

std::string read_all(std::istream& from) {
    std::ostringstream text;
    text << from.rdbuf();
    return text.str();
}

// "{…}", "@file.json", or "@-" for standard input.
bj::object read_parameters(const std::string& given) {
    std::string text = given, where = "--parameters";
    if (given == "@-") {
        text = read_all(std::cin);
        where = "standard input";
    } else if (given.starts_with('@')) {
        where = given.substr(1);
        std::ifstream file(where);
        if (!file) throw client_failed(client_exit::refused, where + ": cannot be read");
        text = read_all(file);
    }
    auto parsed = json::parse_object(text);
    if (parsed) return std::move(*parsed);
    const auto hint = given.starts_with('@') ? "" : "; a file is given as @file.json";
    throw client_failed(client_exit::refused, fmt::format("{}: {}{}", where, parsed.error().detail, hint));
}

bj::object body_of(const create_options& given) {
    bj::object body{{"taskType", given.type}, {"parameters", read_parameters(given.parameters)}};
    const auto add_text = [&](std::string_view member, const std::string& text) {
        if (!text.empty()) body[member] = text;
    };
    const auto add_number = [&](std::string_view member, std::optional<std::int64_t> number) {
        if (number) body[member] = *number;
    };
    add_text("priority", given.priority);
    add_text("queue", given.queue);
    add_text("runAt", given.run_at);
    add_text("uniqueKey", given.unique_key);
    add_text("onConflict", given.on_conflict);
    add_text("concurrencyKey", given.concurrency_key);
    add_text("onParentFailure", given.on_parent_failure);
    add_number("concurrencyLimit", given.concurrency_limit);
    add_number("timeoutSeconds", given.timeout_seconds);
    add_number("maxAttempts", given.attempts_max);
    add_number("userId", given.user_id);
    if (!given.tags.empty()) body["tags"] = bj::value_from(given.tags);
    if (!given.depends_on.empty()) body["dependsOn"] = bj::value_from(given.depends_on);
    return body;
}

void create(const create_options& given) {
    api_client client;
    const auto body = body_of(given);
    std::vector<std::string> headers;
    if (!given.idempotency_key.empty()) headers.push_back("Idempotency-Key: " + given.idempotency_key);
    const auto made = client.call(api::tasks, "POST", "/tasks", &body, headers);
    const auto id = answered_task_id(made);
    if (!given.wait) {
        std::cout << (given.as_json ? bj::serialize(made) : std::to_string(id)) << '\n';
        return;
    }
    const auto print_end = [&] {
        if (given.as_json) std::cout << bj::serialize(client.call(api::tasks, "GET", task_path(id))) << '\n';
    };
    try {
        watch_tasks(client, {{id}, false, {}, false, given.as_json});
    } catch (const client_failed& problem) {
        if (problem.status() == static_cast<int>(client_exit::refused)) print_end();
        throw;
    }
    print_end();
}

// What ties a task to others.
void add_links(CLI::App& command, create_options& given) {
    auto* unique = command.add_option(
        "--unique-key", given.unique_key, "Only one of your tasks that have not ended has this key"
    );
    command
        .add_option("--on-conflict", given.on_conflict, "Where one has it: return it, reject, or replace it")
        ->check(CLI::IsMember({"return", "reject", "replace"}))
        ->needs(unique);
    auto* key = command.add_option(
        "--concurrency-key", given.concurrency_key, "Of your tasks with this key only so many run at once"
    );
    command.add_option("--concurrency-limit", given.concurrency_limit, "How many; 1")
        ->type_name("N")
        ->needs(key);
    auto* after =
        command.add_option("--after", given.depends_on, "Not before this task has ended; may be given again")
            ->type_name("ID")
            ->check(task_id_range)
            ->take_all();
    command
        .add_option(
            "--on-parent-failure",
            given.on_parent_failure,
            "Where one of those does not complete: fail, skip or run"
        )
        ->check(CLI::IsMember({"fail", "skip", "run"}))
        ->needs(after);
}

}  // namespace

void add_tasks_create(CLI::App& tasks, action& chosen) {
    auto* command = tasks.add_subcommand("create", "Hand over work; prints the task's id");
    auto given = std::make_shared<create_options>();
    command->add_option("type", given->type, "Task type; `esm tasks types` lists those that run there")
        ->required();
    command->add_option("-p,--parameters", given->parameters, "JSON, @file.json, or @- for standard input")
        ->type_name("JSON");
    command->add_option("--priority", given->priority, "low, medium, high or critical")
        ->check(CLI::IsMember({"low", "medium", "high", "critical"}));
    command->add_option("--queue", given->queue, "Name of the queue; default")->type_name("NAME");
    command->add_option("--run-at", given->run_at, "Not before; RFC 3339, as in 2026-01-31T06:00:00Z");
    command->add_option("--tag", given->tags, "To find it by; may be given again")->take_all();
    command->add_option("--timeout", given->timeout_seconds, "Seconds one attempt may take; 300")
        ->type_name("N");
    command->add_option("--max-attempts", given->attempts_max, "How often it is tried at most; 3")
        ->type_name("N");
    add_links(*command, *given);
    command->add_option("--user", given->user_id, "Whose task it is, for administrators")->type_name("ID");
    command->add_option(
        "--idempotency-key",
        given->idempotency_key,
        "The same key makes one task, however often it is asked for"
    );
    command->add_flag("--wait", given->wait, "Watch it to its end; exit status 1 where it does not complete");
    command->add_flag(
        "--json", given->as_json, "The task as the service answers, with --wait once it has ended"
    );
    command->footer(
        "Examples:\n"
        "  esm tasks create data_processing -p @monthly.json --tag monthly --wait\n"
        "  esm tasks create nightly_backup --queue backups --run-at 2026-01-31T02:00:00Z\n"
        "  esm tasks create import_feed --unique-key feed-7 --concurrency-key imports --concurrency-limit 2\n"
        "  esm tasks create tidy_up --after 1042 --after 1043 --on-parent-failure run\n"
        "  jq -n '{format: \"csv\", csv: $csv}' --rawfile csv in.csv | esm tasks create data_processing -p @-"
    );
    run_on_parse(*command, chosen, given, create);
}

}  // namespace esm::app
