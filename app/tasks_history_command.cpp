// `esm tasks retry|attempts|logs|artifacts`: what became of a task, what its work said and left, and once
// more.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "app/download.hpp"
#include "app/tasks_commands.hpp"
#include "app/terminal.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

struct retry_options {
    std::int64_t id{0};
    bool wait{false}, as_json{false};
};

struct history_options {
    std::int64_t id{0};
    std::string attempt, limit, cursor;
    bool all{false}, as_json{false};
};

struct artifact_options {
    std::int64_t id{0};
    std::string name, folder;
    bool as_json{false};
};

void retry(const retry_options& given) {
    api_client client;
    const auto made = client.call(api::tasks, "POST", task_path(given.id, "/retry"));
    const auto id = answered_task_id(made);
    std::cout << (given.as_json ? bj::serialize(made) : std::to_string(id)) << '\n';
    if (given.wait) watch_tasks(client, {{id}, false, {}, given.as_json, false});
}

void show_attempts(const history_options& given) {
    const auto answer = api_client().call(api::tasks, "GET", task_path(given.id, "/attempts"));
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    print_table(rows_of(
        answer.as_object().at("attempts").as_array(),
        {"ATTEMPT", "WORKER", "STARTED", "ENDED", "OUTCOME", "ERROR"},
        {"attempt", "worker", "startedAt", "endedAt", "outcome", "errorMessage"}
    ));
}

// "2025-03-14T09:26:53.589793Z  1  info  the message": lines to be read and searched, not a table.
void print_log_lines(const bj::array& logs) {
    for (const auto& each : logs) {
        const auto& line = each.as_object();
        std::cout << fmt::format(
            "{}  {}  {:<5}  {}\n",
            harmless(shown(line, "at")),
            harmless(shown(line, "attempt")),
            harmless(shown(line, "severity")),
            harmless(shown(line, "message"))
        );
    }
}

void show_logs(const history_options& given) {
    auto path = task_path(given.id, "/logs");
    add_parameter(path, "attempt", given.attempt);
    add_parameter(path, "limit", given.limit);
    api_client client;
    auto cursor = given.cursor;
    do {
        auto page_path = path;
        add_parameter(page_path, "cursor", cursor);
        const auto answer = client.call(api::tasks, "GET", page_path);
        const auto& page = answer.as_object();
        cursor = shown(page, "nextCursor");
        if (given.as_json) {
            std::cout << bj::serialize(page) << '\n';
        } else {
            print_log_lines(page.at("logs").as_array());
        }
    } while (!cursor.empty() && given.all);
    if (!cursor.empty() && !given.as_json) std::cerr << fmt::format("more: --cursor {}, or --all\n", cursor);
}

// An artifact's name comes from whoever did the work: it must not lead out of the folder.
std::filesystem::path place_of(const std::string& folder, const std::string& name) {
    const auto safe = std::filesystem::path(name).filename();
    if (safe.empty() || safe == "." || safe == ".." || safe.string() != name || harmless(name) != name) {
        throw client_failed(client_exit::refused, fmt::format("\"{}\" is no file's name here", name));
    }
    return std::filesystem::path(folder) / safe;
}

void save_artifacts(api_client& client, const bj::array& artifacts, const artifact_options& given) {
    std::filesystem::create_directories(given.folder);
    std::size_t saved = 0;
    for (const auto& each : artifacts) {
        const auto& artifact = each.as_object();
        const auto name = shown(artifact, "name");
        if (!given.name.empty() && given.name != name) continue;
        const auto place = place_of(given.folder, name);
        const auto path = fmt::format("/files/{}/content", shown(artifact, "fileId"));
        download(client, api::tasks, path, place, shown(artifact, "sha256"));
        std::cout << place.string() << '\n';
        ++saved;
    }
    if (saved > 0) return;
    const auto what = given.name.empty() ? "no artifact" : fmt::format("no artifact {}", given.name);
    throw client_failed(client_exit::refused, fmt::format("task {} has {}", given.id, what));
}

void show_artifacts(const artifact_options& given) {
    api_client client;
    const auto answer = client.call(api::tasks, "GET", task_path(given.id, "/artifacts"));
    const auto& artifacts = answer.as_object().at("artifacts").as_array();
    if (!given.folder.empty()) return save_artifacts(client, artifacts, given);
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    print_table(rows_of(
        artifacts,
        {"FILE", "NAME", "MEDIA TYPE", "BYTES", "CREATED", "SHA-256"},
        {"fileId", "name", "mediaType", "bytes", "createdAt", "sha256"}
    ));
}

void add_retry(CLI::App& tasks, action& chosen) {
    auto* command =
        tasks.add_subcommand("retry", "Run a task that has ended once more, as a new task; prints its id");
    auto given = std::make_shared<retry_options>();
    add_task_id(*command, given->id);
    command->add_flag("--wait", given->wait, "Watch it to its end; exit status 1 where it does not complete");
    add_json_flag(*command, given->as_json);
    command->footer("Example:\n  esm tasks retry 1042 --wait");
    run_on_parse(*command, chosen, given, retry);
}

void add_logs(CLI::App& tasks, action& chosen) {
    auto* attempts =
        tasks.add_subcommand("attempts", "Each time a task was tried, by whom, and how that ended");
    auto asked = std::make_shared<history_options>();
    add_task_id(*attempts, asked->id);
    add_json_flag(*attempts, asked->as_json);
    attempts->footer("Example:\n  esm tasks attempts 1042");
    run_on_parse(*attempts, chosen, asked, show_attempts);

    auto* logs = tasks.add_subcommand("logs", "What the work on a task said");
    auto given = std::make_shared<history_options>();
    add_task_id(*logs, given->id);
    logs->add_option("--attempt", given->attempt, "Only this attempt's")->type_name("N");
    logs->add_option("--limit", given->limit, "Lines a page, 1 to 500")->type_name("N");
    logs->add_option("--cursor", given->cursor, "Go on where a page ended");
    logs->add_flag("--all", given->all, "Every page");
    logs->add_flag("--json", given->as_json, "As the service answers, one page a line");
    logs->footer(
        "Examples:\n  esm tasks logs 1042 --all\n  esm tasks logs 1042 --attempt 2 --json | jq '.logs[]'"
    );
    run_on_parse(*logs, chosen, given, show_logs);
}

void add_artifacts(CLI::App& tasks, action& chosen) {
    auto* command = tasks.add_subcommand("artifacts", "The files that a task left; --save fetches them");
    auto given = std::make_shared<artifact_options>();
    add_task_id(*command, given->id);
    auto* folder =
        command->add_option("--save", given->folder, "Fetch them into this folder")->type_name("FOLDER");
    command->add_option("--name", given->name, "Only the one of this name")->needs(folder);
    add_json_flag(*command, given->as_json);
    command->footer(
        "Examples:\n  esm tasks artifacts 1042\n  esm tasks artifacts 1042 --save . --name report.pdf"
    );
    run_on_parse(*command, chosen, given, show_artifacts);
}

}  // namespace

void add_tasks_history(CLI::App& tasks, action& chosen) {
    add_retry(tasks, chosen);
    add_logs(tasks, chosen);
    add_artifacts(tasks, chosen);
}

}  // namespace esm::app
