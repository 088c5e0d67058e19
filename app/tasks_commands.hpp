// The parts of `esm tasks`, a file each, and what they share.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "app/api_client.hpp"
#include "app/commands.hpp"

namespace esm::app {

void add_tasks_create(CLI::App& tasks, action& chosen);
void add_tasks_watch(CLI::App& tasks, action& chosen);
// retry, attempts, logs, artifacts
void add_tasks_history(CLI::App& tasks, action& chosen);
void add_tasks_queues(CLI::App& tasks, action& chosen);

struct watch_request {
    std::vector<std::int64_t> ids;
    bool all{false};  // instead of ids: all that have not ended, and what is created meanwhile
    std::string user_id;
    bool as_json{false};
    bool quiet{false};
};

// Shows the tasks until all have ended. Throws client_failed where one did not complete, or on Ctrl-C.
void watch_tasks(api_client& client, const watch_request& what);

// "/tasks/1042/logs"; the id was checked when the command line was read.
std::string task_path(std::int64_t id, std::string_view rest = {});

// The id of the task in {"task": …}.
std::int64_t answered_task_id(const boost::json::value& answer);

// One item a row, the named members as columns.
std::vector<std::vector<std::string>> rows_of(
    const boost::json::array& items, std::vector<std::string> head, const std::vector<const char*>& members
);

// The option and the answer of all commands that can print what the service answers.
void add_json_flag(CLI::App& command, bool& as_json);

// A task's id: 1000 or more.
CLI::Option* add_task_id(CLI::App& command, std::int64_t& id);
extern const CLI::Validator task_id_range;

// Sets `chosen` to run `body` as a client command.
template <class Options, class Body>
void run_on_parse(CLI::App& command, action& chosen, std::shared_ptr<Options> given, Body body) {
    command.callback([given, body, &chosen] {
        chosen = [given, body] { return run_client([&] { body(*given); }); };
    });
}

}  // namespace esm::app
