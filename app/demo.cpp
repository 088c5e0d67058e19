// `esm demo`: the main job by itself, on a fresh embedded system inside this process, or on a running one.
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "app/commands.hpp"
#include "app/demo_steps.hpp"
#include "app/process.hpp"
#include "platform/observe/log.hpp"
#include "platform/security/service_token.hpp"

namespace esm::app {

namespace {

struct demo_options {
    demo_system system;
    std::string kafka_brokers;
    bool on_running_system() const { return !system.users_url.empty(); }
};

// Deletes a folder when the demo ends, however it ends.
struct temporary_folder {
    std::filesystem::path path{
        std::filesystem::temp_directory_path() / fmt::format("esm-demo-{}", ::getpid())
    };
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
};

std::string blocking(async::runtime& runtime, const grpc_client::token_function& token) {
    const auto got = runtime.block_on(token());
    if (!got) throw std::runtime_error("no token for internal calls: " + got.error().detail);
    return *got;
}

int demo_embedded(esm::config::values values) {
    const temporary_folder folder;
    values.set("system.data_dir", folder.path.string(), "demo");
    process running(values, process::service_names());
    running.start();
    const auto url = [&](std::string_view service) {
        return fmt::format("http://127.0.0.1:{}", running.find(service)->around().http_port());
    };
    const auto& settings = running.shared().settings;
    const auto grpc_port = values.get_int("auth.grpc_port") + settings.port_offset;
    const demo_system system{
        url("users"),
        url("auth"),
        url("tasks"),
        url("notifications"),
        fmt::format("127.0.0.1:{}", grpc_port),
        (folder.path / "mailbox").string(),
        [&running] { return blocking(running.shared().runtime, running.shared().service_token); }
    };
    int failed = 0;
    {
        event_collector seen(running.shared().runtime, *running.shared().log);
        failed = run_demo(system, seen);
    }
    running.stop();
    return failed;
}

// The credentials of an internal call come from the configuration: system.client_id and client_secret.
int demo_running(demo_options given, const esm::config::values& values) {
    async::runtime runtime(1);
    runtime.start();
    const auto settings = read(values);
    const auto token = security::service_token(
        {{given.system.auth_url + "/oauth2/token"}, settings.client_id, settings.client_secret}
    );
    given.system.service_token = [&] { return blocking(runtime, token); };
    const auto log = events::open_kafka(runtime, {given.kafka_brokers, {}, "esm-demo"});
    event_collector seen(runtime, *log);
    return run_demo(given.system, seen);
}

}  // namespace

void add_demo(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("demo", "Do the whole main job by itself and show each step");
    auto given = std::make_shared<demo_options>();
    auto options = std::make_shared<configuration_options>();
    auto* running =
        command->add_option_group("running", "On a running system instead of a fresh embedded one");
    auto* users = running->add_option("--users-url", given->system.users_url, "http://host:5001");
    const auto needed = [&](const char* flag, std::string& into, const char* help) {
        auto* option = running->add_option(flag, into, help);
        users->needs(option);
        option->needs(users);
    };
    needed("--auth-url", given->system.auth_url, "http://host:5004");
    needed("--tasks-url", given->system.tasks_url, "http://host:5002");
    needed("--notifications-url", given->system.notifications_url, "http://host:5003");
    needed("--auth-grpc", given->system.auth_grpc_target, "host:5104");
    needed("--kafka-brokers", given->kafka_brokers, "host:29092");
    needed("--mailbox", given->system.mailbox, "Folder where mails arrive as .eml files");
    options->add_to(*command);
    command->footer(
        "Examples:\n  esm demo\n  esm demo --port-offset 100\n  ./run demo --clustered --replicas 2"
    );
    command->callback([command, given, options, &chosen] {
        chosen = [command, given, options] {
            observe::configure_logs({"demo", "error", "text"});
            const auto values = options->load(*command);
            return given->on_running_system() ? demo_running(*given, values) : demo_embedded(values);
        };
    });
}

}  // namespace esm::app
