// `esm routes`: the route tables as JSON; a test compares them with contracts/openapi.
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "platform/observe/log.hpp"

namespace esm::app {

namespace {

int print_routes() {
    observe::configure_logs({"esm", "error", "text"});
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("esm-routes-{}", ::getpid());
    {
        process wired(load_settings({{}, {{"system.data_dir", folder.string()}}}), process::service_names());
        boost::json::object services;
        for (const auto& each : wired.services()) {
            boost::json::array rows;
            for (const auto& row : each->routes()) {
                rows.push_back({{"method", row.method}, {"path", row.pattern}, {"scope", row.scope}});
            }
            services[each->around().service()] = std::move(rows);
        }
        std::cout << boost::json::serialize(services) << '\n';
    }
    std::filesystem::remove_all(folder);
    return 0;
}

}  // namespace

void add_routes(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("routes", "Print every service's REST routes as JSON");
    command->callback([&chosen] { chosen = print_routes; });
}

}  // namespace esm::app
