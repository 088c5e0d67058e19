// `esm schedules …`: tasks of the account that is logged in that are created again and again.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/terminal.hpp"
#include "platform/http/text.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using table = std::vector<std::vector<std::string>>;

struct schedule_options {
    std::string who;                                              // of one schedule: id or name
    std::string name, cron, zone, missed, overlap, starts, ends;  // of a new one, or a preview
    std::string task, type, parameters, priority;
    std::vector<std::string> tags;
    bool paused{false};
    std::string count, after;   // of a preview
    std::string limit, cursor;  // of the list
    bool all{false};
    bool as_json{false};
};

// A text given as such, "@file", or "-" for standard input.
std::string read_argument(const std::string& given) {
    if (given == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    if (!given.starts_with('@')) return given;
    std::ifstream file(given.substr(1), std::ios::binary);
    if (!file) throw client_failed(client_exit::refused, fmt::format("{}: cannot be read", given.substr(1)));
    return {std::istreambuf_iterator<char>(file), {}};
}

bj::object read_object(std::string_view option, const std::string& given) {
    boost::system::error_code failure;
    auto content = bj::parse(read_argument(given), failure);
    if (!failure && content.is_object()) return std::move(content.get_object());
    throw client_failed(
        client_exit::refused,
        failure ? fmt::format("{}: is no JSON: {}", option, failure.message())
                : fmt::format("{}: is no JSON object", option)
    );
}

// "2026-03-29 01:00:00" of an instant, since a column is read more easily than RFC 3339; the zone is UTC.
std::string short_instant(const bj::object& from, std::string_view name) {
    auto text = shown(from, name);
    if (text.size() < 19) return text;
    text.resize(19);
    text[10] = ' ';
    return text;
}

std::string state_of(const bj::object& schedule) {
    if (shown(schedule, "paused") == "yes") return "paused";
    if (shown(schedule, "nextRunAt").empty()) return "ended";
    return shown(schedule, "lastError").empty() ? "active" : "failing";
}

// Calls `use` with each schedule of a page, from the cursor on; answers the cursor of the next page.
template <class Use>
std::string read_page(api_client& client, const std::string& limit, const std::string& cursor, Use use) {
    std::string path = "/schedules";
    add_parameter(path, "limit", limit);
    add_parameter(path, "cursor", cursor);
    const auto answer = client.call(api::tasks, "GET", path);
    use(answer.as_object());
    return shown(answer.as_object().at("pagination").as_object(), "nextCursor");
}

void list_schedules(const schedule_options& given) {
    api_client client;
    auto cursor = given.cursor;
    table rows{{"ID", "NAME", "CRON", "ZONE", "STATE", "NEXT RUN (UTC)", "LAST RUN (UTC)", "LAST TASK"}};
    do {
        cursor = read_page(client, given.limit, cursor, [&](const bj::object& page) {
            if (given.as_json) std::cout << bj::serialize(page) << '\n';
            for (const auto& each : page.at("schedules").as_array()) {
                const auto& schedule = each.as_object();
                rows.push_back(
                    {shown(schedule, "scheduleId"),
                     shown(schedule, "name"),
                     shown(schedule, "cron"),
                     shown(schedule, "timeZone"),
                     state_of(schedule),
                     short_instant(schedule, "nextRunAt"),
                     short_instant(schedule, "lastRunAt"),
                     shown(schedule, "lastTaskId")}
                );
            }
        });
    } while (given.all && !cursor.empty());
    if (given.as_json) return;
    print_table(rows);
    if (!cursor.empty()) std::cerr << fmt::format("more: --cursor {}, or --all\n", cursor);
}

bool is_id(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The id of a schedule given as such, or by its name where one alone has it.
std::string find_id(api_client& client, const std::string& given) {
    if (is_id(given)) return given;
    std::vector<std::string> found;
    std::string cursor;
    do {
        cursor = read_page(client, "500", cursor, [&](const bj::object& page) {
            for (const auto& each : page.at("schedules").as_array()) {
                if (shown(each.as_object(), "name") == given) {
                    found.push_back(shown(each.as_object(), "scheduleId"));
                }
            }
        });
    } while (!cursor.empty());
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        throw client_failed(client_exit::refused, fmt::format("no schedule is called {}", given));
    }
    throw client_failed(
        client_exit::refused,
        fmt::format("{} schedules are called {}; give an id: {}", found.size(), given, fmt::join(found, ", "))
    );
}

std::string path_of(api_client& client, const schedule_options& given) {
    return "/schedules/" + find_id(client, given.who);
}

void print_members(const bj::value& answer, std::string_view member, bool as_json) {
    if (as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    table rows;
    const auto& shown_one = answer.as_object().at(member).as_object();
    for (const auto& each : shown_one)
        rows.push_back({std::string(each.key()), shown(shown_one, each.key())});
    print_table(rows);
}

bj::object task_body(const schedule_options& given) {
    bj::object task;
    if (!given.task.empty()) task = read_object("--task", given.task);
    if (!given.type.empty()) task["taskType"] = given.type;
    if (!given.parameters.empty()) task["parameters"] = read_object("--parameters", given.parameters);
    if (!task.contains("parameters")) task["parameters"] = bj::object();
    if (!given.priority.empty()) task["priority"] = given.priority;
    if (!given.tags.empty()) task["tags"] = bj::value_from(given.tags);
    return task;
}

void create_schedule(const schedule_options& given) {
    bj::object body{{"name", given.name}, {"cron", given.cron}, {"task", task_body(given)}};
    const auto set = [&body](std::string_view name, const std::string& value) {
        if (!value.empty()) body[name] = value;
    };
    set("timeZone", given.zone);
    set("missedRuns", given.missed);
    set("overlap", given.overlap);
    set("startsAt", given.starts);
    set("endsAt", given.ends);
    if (given.paused) body["paused"] = true;
    print_members(api_client().call(api::tasks, "POST", "/schedules", &body), "schedule", given.as_json);
}

void get_schedule(const schedule_options& given) {
    api_client client;
    print_members(client.call(api::tasks, "GET", path_of(client, given)), "schedule", given.as_json);
}

void set_paused(const schedule_options& given, bool paused) {
    api_client client;
    const bj::object body{{"paused", paused}};
    const auto answer = client.call(api::tasks, "PATCH", path_of(client, given), &body);
    print_members(answer, "schedule", given.as_json);
}

void pause_schedule(const schedule_options& given) {
    set_paused(given, true);
}
void resume_schedule(const schedule_options& given) {
    set_paused(given, false);
}

void delete_schedule(const schedule_options& given) {
    api_client client;
    client.call(api::tasks, "DELETE", path_of(client, given));
    std::cout << "deleted\n";
}

void run_schedule(const schedule_options& given) {
    api_client client;
    print_members(client.call(api::tasks, "POST", path_of(client, given) + "/run"), "task", given.as_json);
}

void preview_schedule(const schedule_options& given) {
    std::string path = "/schedules/preview?cron=" + http::percent_encode(given.cron);
    add_parameter(path, "timeZone", given.zone);
    add_parameter(path, "count", given.count);
    add_parameter(path, "after", given.after);
    const auto answer = api_client().call(api::tasks, "GET", path);
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    const auto& preview = answer.as_object();
    table rows{{"LOCAL TIME (" + shown(preview, "timeZone") + ")", "UTC"}};
    for (const auto& each : preview.at("runs").as_array()) {
        rows.push_back({shown(each.as_object(), "localTime"), short_instant(each.as_object(), "runAt")});
    }
    print_table(rows);
}

using shared_options = std::shared_ptr<schedule_options>;
using schedule_action = void (*)(const schedule_options& given);

void run_on(CLI::App& command, action& chosen, const shared_options& given, schedule_action run) {
    command.add_flag("--json", given->as_json, "As the service answers");
    command.callback([given, run, &chosen] {
        chosen = [given, run] { return run_client([&] { run(*given); }); };
    });
}

void add_create(CLI::App& schedules, action& chosen) {
    auto* command = schedules.add_subcommand("create", "Make a schedule");
    const auto given = std::make_shared<schedule_options>();
    command->add_option("name", given->name, "What it is for")->required();
    command->add_option("cron", given->cron, "Five fields, six with seconds first, or @daily and the like")
        ->required();
    command->add_option("--type", given->type, "The task's type");
    command->add_option("--parameters", given->parameters, "The task's: JSON, @FILE, or - for standard input")
        ->type_name("JSON");
    command->add_option("--priority", given->priority, "The task's: low, medium, high or critical");
    command->add_option("--tag", given->tags, "Of the task; repeat for more");
    command->add_option("--task", given->task, "All of the task's fields: JSON, @FILE, or -")
        ->type_name("JSON");
    command->add_option("--time-zone", given->zone, "On whose clock, as in Europe/Vienna; default UTC");
    command->add_option(
        "--missed-runs", given->missed, "Of times the system was down: skip, run_once (default) or run_all"
    );
    command->add_option(
        "--overlap", given->overlap, "While the last task has not ended: allow (default) or skip"
    );
    command->add_option("--starts-at", given->starts, "No run before it: RFC 3339");
    command->add_option("--ends-at", given->ends, "No run at or after it: RFC 3339");
    command->add_flag("--paused", given->paused, "Runs by hand alone until it is resumed");
    command->footer(
        "Examples:\n"
        "  esm schedules create nightly \"30 2 * * MON-FRI\" --time-zone Europe/Vienna --type "
        "data_processing "
        "--parameters @sums.json\n"
        "  esm schedules create ping \"*/10 * * * * *\" --task '{\"taskType\": \"ping\", \"parameters\": {}}'"
    );
    run_on(*command, chosen, given, create_schedule);
}

void add_list(CLI::App& schedules, action& chosen) {
    auto* command = schedules.add_subcommand("list", "Your schedules; everybody's for administrators");
    const auto given = std::make_shared<schedule_options>();
    command->add_option("--limit", given->limit, "Items a page, 1 to 500")->type_name("N");
    command->add_option("--cursor", given->cursor, "Go on where a page ended");
    command->add_flag("--all", given->all, "Every page");
    command->footer("Examples:\n  esm schedules list\n  esm schedules list --all --json");
    run_on(*command, chosen, given, list_schedules);
}

void add_preview(CLI::App& schedules, action& chosen) {
    auto* command = schedules.add_subcommand("preview", "When a cron expression runs next");
    const auto given = std::make_shared<schedule_options>();
    command->add_option("cron", given->cron, "Five fields, six with seconds first, or @daily and the like")
        ->required();
    command->add_option("--time-zone", given->zone, "On whose clock, as in Europe/Vienna; default UTC");
    command->add_option("--count", given->count, "How many, 1 to 100")->type_name("N");
    command->add_option("--after", given->after, "Only those after it: RFC 3339; default now");
    command->footer(
        "Example:\n  esm schedules preview \"30 2 * * *\" --time-zone Europe/Vienna --after "
        "2026-03-28T00:00:00Z"
    );
    run_on(*command, chosen, given, preview_schedule);
}

struct one_schedule_command {
    const char* name;
    const char* help;
    schedule_action run;
};

}  // namespace

void add_schedules(CLI::App& cli, action& chosen) {
    auto* schedules = cli.add_subcommand("schedules", "Tasks that are created again and again");
    schedules->require_subcommand(1);
    add_list(*schedules, chosen);
    add_create(*schedules, chosen);
    for (const auto& each : {
             one_schedule_command{"get", "Show a schedule", get_schedule},
             {"pause", "Let a schedule run by hand alone", pause_schedule},
             {"resume", "Let a paused schedule run again, from now on", resume_schedule},
             {"run", "Create a schedule's task now", run_schedule},
             {"delete", "Delete a schedule; its tasks stay", delete_schedule},
         }) {
        auto* command = schedules->add_subcommand(each.name, each.help);
        const auto given = std::make_shared<schedule_options>();
        command->add_option("who", given->who, "Id or name")->required();
        command->footer(fmt::format("Example:\n  esm schedules {} nightly", each.name));
        run_on(*command, chosen, given, each.run);
    }
    add_preview(*schedules, chosen);
    schedules->footer(
        "Examples:\n  esm schedules list\n  esm schedules preview \"0 9 * * MON\"\n  esm schedules COMMAND "
        "--help"
    );
}

}  // namespace esm::app
