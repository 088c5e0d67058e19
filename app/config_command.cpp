// `esm config`: the effective configuration with the origin of each value, secrets redacted; `--keys` lists
// every key.
#include <iostream>

#include "app/commands.hpp"

namespace esm::app {

namespace {

void print_keys() {
    for (const auto& each : all_properties()) {
        std::cout << fmt::format(
            "{:<42} {}\n{:42} default: {}\n{:42} {}\n",
            esm::config::flag_name(each),
            esm::config::environment_name(each),
            "",
            each.default_value.empty() ? "(empty)" : each.default_value,
            "",
            each.description
        );
    }
}

}  // namespace

void add_config(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("config", "Show the effective configuration, secrets redacted");
    auto options = std::make_shared<configuration_options>();
    auto keys = std::make_shared<bool>(false);
    command->add_flag("--keys", *keys, "List every key with its flag, environment name and default");
    options->add_to(*command);
    command->footer(
        "Examples:\n  esm config\n  esm config --config esm.toml --tasks.http-port 6002\n  esm config --keys"
    );
    command->callback([command, options, keys, &chosen] {
        chosen = [command, options, keys] {
            if (*keys) {
                print_keys();
            } else {
                std::cout << esm::config::describe(options->load(*command));
            }
            return 0;
        };
    });
}

}  // namespace esm::app
