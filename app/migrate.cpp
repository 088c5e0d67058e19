// `esm migrate`: brings databases to the schema this binary expects, without serving. `serve` does the same
// at start.
#include <iostream>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "platform/observe/log.hpp"

namespace esm::app {

namespace {

int migrate(esm::config::values values, const std::vector<std::string>& names) {
    observe::configure_logs({"esm", "warn", "text"});
    const bool all = names.empty() || std::find(names.begin(), names.end(), "all") != names.end();
    // The other services' addresses do not matter here, but wiring asks for them.
    if (values.get_list("auth.jwks_urls").empty())
        values.set("auth.jwks_urls", "http://localhost", "migrate");
    if (values.get_list("users.grpc_targets").empty())
        values.set("users.grpc_targets", "localhost:1", "migrate");
    process wired(values, all ? process::service_names() : names);
    for (const auto& each : wired.services()) {
        auto& database = each->around().database();
        const auto sets = each->migrations();
        const auto applied =
            wired.shared().runtime.block_on(db::migrate(database, sets, deadline_in(std::chrono::seconds(60)))
            );
        std::cout << fmt::format("{}: {} migrations applied\n", each->around().service(), applied);
    }
    return 0;
}

}  // namespace

void add_migrate(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("migrate", "Bring databases to the schema of this binary");
    auto names = std::make_shared<std::vector<std::string>>();
    auto options = std::make_shared<configuration_options>();
    command->add_option("services", *names, "users, auth, tasks, notifications; default all")
        ->check(CLI::IsMember({"users", "auth", "tasks", "notifications", "all"}));
    options->add_to(*command);
    command->callback([command, names, options, &chosen] {
        chosen = [command, names, options] { return migrate(options->load(*command), *names); };
    });
}

}  // namespace esm::app
