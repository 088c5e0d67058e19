// The commands of `esm`, one file each. Every function adds its subcommand to the CLI and leaves what is to
// run in `chosen`; main runs it after parsing. An answer other than 0 is the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/settings.hpp"

namespace esm::app {

using action = std::function<int()>;

void add_serve(CLI::App& cli, action& chosen);
void add_migrate(CLI::App& cli, action& chosen);
void add_config(CLI::App& cli, action& chosen);
void add_demo(CLI::App& cli, action& chosen);
void add_admin(CLI::App& cli, action& chosen);
void add_certs(CLI::App& cli, action& chosen);
void add_health(CLI::App& cli, action& chosen);
void add_routes(CLI::App& cli, action& chosen);
void add_version(CLI::App& cli, action& chosen);
void add_completion(CLI::App& cli, action& chosen);
void add_login(CLI::App& cli, action& chosen);
void add_users(CLI::App& cli, action& chosen);
void add_tasks(CLI::App& cli, action& chosen);
void add_api_keys(CLI::App& cli, action& chosen);
void add_mail(CLI::App& cli, action& chosen);
void add_worker(CLI::App& cli, action& chosen);
void add_schedules(CLI::App& cli, action& chosen);
void add_notifications(CLI::App& cli, action& chosen);

// Options of every command that reads configuration: --config FILE, --data DIR, --port-offset N, and
// --section.name VALUE for each declared key (collected by the subcommand's extras).
struct configuration_options {
    std::string file;
    std::string data;
    std::string port_offset;

    void add_to(CLI::App& command);
    // Throws config::invalid_configuration; call after parsing.
    esm::config::values load(const CLI::App& command) const;
};

}  // namespace esm::app
