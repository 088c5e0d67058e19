// `esm tasks …`: listing, reading and cancelling tasks; the rest of its commands stand in files of their own.
#include <fmt/format.h>

#include <iostream>

#include "app/paged_list.hpp"
#include "app/task_table.hpp"
#include "app/tasks_commands.hpp"
#include "app/terminal.hpp"
#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using table = std::vector<std::vector<std::string>>;

constexpr std::int64_t first_id = 1'000;
constexpr std::size_t error_max_bytes = 60;  // in a list; `get` shows it whole

struct list_options : page_options {
    std::string status, type, priority, queue, tag, created_after, created_before;
};

struct one_task {
    std::int64_t id{0};
    bool result_only{false}, as_json{false};
};

struct types_options {
    std::string type;
    bool as_json{false};
};

table task_rows(const bj::array& tasks) {
    table rows;
    for (const auto& each : tasks) {
        const auto& task = each.as_object();
        auto& row = rows.emplace_back();
        for (const auto* name : {"taskId", "taskType", "status"}) row.push_back(shown(task, name));
        row.push_back(shown(task, "progress") + " %");
        for (const auto* name : {"priority", "queue", "attempt", "createdAt"})
            row.push_back(shown(task, name));
        row.emplace_back(cut_utf8(shown(task, "errorMessage"), error_max_bytes));
    }
    return rows;
}

void list(const list_options& given) {
    std::string path = "/tasks";
    add_parameter(path, "status", given.status);
    add_parameter(path, "type", given.type);
    add_parameter(path, "priority", given.priority);
    add_parameter(path, "queue", given.queue);
    add_parameter(path, "tag", given.tag);
    add_parameter(path, "createdAfter", given.created_after);
    add_parameter(path, "createdBefore", given.created_before);
    const std::vector<std::string> head{
        "ID", "TYPE", "STATUS", "PROGRESS", "PRIORITY", "QUEUE", "ATTEMPT", "CREATED", "ERROR"
    };
    print_pages({api::tasks, path, "tasks", head, task_rows}, given);
}

void print_task(const bj::value& answer, bool as_json) {
    if (as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    table rows;
    const auto& task = answer.as_object().at("task").as_object();
    for (const auto& member : task) rows.push_back({std::string(member.key()), shown(task, member.key())});
    print_table(rows);
}

void get(const one_task& given) {
    const auto answer = api_client().call(api::tasks, "GET", task_path(given.id));
    if (!given.result_only) return print_task(answer, given.as_json);
    const auto& task = answer.as_object().at("task").as_object();
    if (task.at("result").is_null()) {
        const auto why = fmt::format("the task is {} and has no result", shown(task, "status"));
        throw client_failed(client_exit::refused, why);
    }
    std::cout << bj::serialize(task.at("result")) << '\n';
}

void cancel(const one_task& given) {
    const auto answer = api_client().call(api::tasks, "PUT", task_path(given.id, "/cancel"));
    if (given.as_json) return print_task(answer, true);
    const auto& task = answer.as_object().at("task").as_object();
    const bool runs = shown(task, "status") == "running";
    std::cout << fmt::format("{} {}\n", given.id, runs ? "is asked to stop" : shown(task, "status"));
}

void show_types(const types_options& given) {
    const auto answer = api_client().call(api::tasks, "GET", "/task-types");
    const auto& types = answer.as_object().at("taskTypes").as_array();
    if (given.type.empty() && given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    table rows{{"TYPE", "PARAMETERS"}};
    for (const auto& each : types) {
        const auto& type = each.as_object();
        const auto& schema = type.at("parametersSchema").as_object();
        if (shown(type, "taskType") == given.type) {
            std::cout << bj::serialize(schema) << '\n';
            return;
        }
        rows.push_back({shown(type, "taskType"), shown(schema, "title")});
    }
    if (given.type.empty()) return print_table(rows);
    const auto why =
        fmt::format("{} does not run here; a task of it waits for a worker of your own", given.type);
    throw client_failed(client_exit::refused, why);
}

void add_list(CLI::App& tasks, action& chosen) {
    auto* command = tasks.add_subcommand("list", "Your tasks, newest first; those of all for administrators");
    auto given = std::make_shared<list_options>();
    command->add_option("--status", given->status, "As in running, failed");
    command->add_option("--type", given->type, "Task type");
    command->add_option("--priority", given->priority, "low, medium, high or critical");
    command->add_option("--queue", given->queue, "Name of a queue");
    command->add_option("--tag", given->tag, "Only tasks with this tag");
    command->add_option("--created-after", given->created_after, "RFC 3339, as in 2026-01-31T00:00:00Z");
    command->add_option("--created-before", given->created_before, "RFC 3339");
    add_page_options(*command, *given);
    command->footer(
        "Examples:\n  esm tasks list --status failed\n"
        "  esm tasks list --tag monthly --all --json | jq -r '.tasks[].taskId'"
    );
    run_on_parse(*command, chosen, given, list);
}

void add_one_task(CLI::App& tasks, action& chosen) {
    auto* read = tasks.add_subcommand("get", "Show a task");
    auto wanted = std::make_shared<one_task>();
    add_task_id(*read, wanted->id);
    read->add_flag("--result", wanted->result_only, "Only what the work answered, as JSON");
    add_json_flag(*read, wanted->as_json);
    read->footer("Examples:\n  esm tasks get 1042\n  esm tasks get 1042 --result | jq .rows");
    run_on_parse(*read, chosen, wanted, get);

    auto* stop = tasks.add_subcommand(
        "cancel", "Cancel a task: at once where it waits, as soon as it can where it runs"
    );
    auto ended = std::make_shared<one_task>();
    add_task_id(*stop, ended->id);
    add_json_flag(*stop, ended->as_json);
    stop->footer("Example:\n  esm tasks cancel 1042");
    run_on_parse(*stop, chosen, ended, cancel);

    auto* types =
        tasks.add_subcommand("types", "The task types that run there, and the schema of one's parameters");
    auto asked = std::make_shared<types_options>();
    types->add_option("type", asked->type, "Print this one's JSON Schema");
    add_json_flag(*types, asked->as_json);
    types->footer("Examples:\n  esm tasks types\n  esm tasks types data_processing | jq .properties");
    run_on_parse(*types, chosen, asked, show_types);
}

}  // namespace

// Without a description: help shows the type's name alone.
const CLI::Validator task_id_range =
    CLI::Range(first_id, std::numeric_limits<std::int64_t>::max()).description("");

std::string task_path(std::int64_t id, std::string_view rest) {
    return fmt::format("/tasks/{}{}", id, rest);
}

std::int64_t answered_task_id(const bj::value& answer) {
    return answer.as_object().at("task").as_object().at("taskId").as_int64();
}

table rows_of(
    const bj::array& items, std::vector<std::string> head, const std::vector<const char*>& members
) {
    table rows{std::move(head)};
    for (const auto& each : items) {
        auto& row = rows.emplace_back();
        for (const auto* name : members) row.push_back(shown(each.as_object(), name));
    }
    return rows;
}

void add_json_flag(CLI::App& command, bool& as_json) {
    command.add_flag("--json", as_json, "As the service answers");
}

CLI::Option* add_task_id(CLI::App& command, std::int64_t& id) {
    return command.add_option("id", id, "The task's id")->required()->check(task_id_range)->type_name("ID");
}

void add_tasks(CLI::App& cli, action& chosen) {
    auto* tasks = cli.add_subcommand("tasks", "Background tasks: create, watch, cancel, look into them");
    tasks->require_subcommand(1);
    add_tasks_create(*tasks, chosen);
    add_list(*tasks, chosen);
    add_one_task(*tasks, chosen);
    add_tasks_watch(*tasks, chosen);
    add_tasks_history(*tasks, chosen);
    add_tasks_queues(*tasks, chosen);
    tasks->footer(
        "Examples:\n  esm tasks create data_processing -p @job.json --wait\n  esm tasks watch --all\n"
        "  esm tasks COMMAND --help"
    );
}

}  // namespace esm::app
