// `esm serve`: runs services in the foreground until SIGTERM or SIGINT.
#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "app/startup_pages.hpp"
#include "platform/observe/log.hpp"

namespace esm::app {

namespace {

// SIGTERM and SIGINT are blocked in every thread and taken here, where any code may run.
class stop_signals {
public:
    stop_signals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }
    void wait() const {
        int which = 0;
        sigwait(&set_, &which);
    }
    // A second signal while stopping ends the process at once.
    void restore() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

private:
    sigset_t set_{};
};

std::vector<std::string> chosen_services(const std::vector<std::string>& given) {
    std::vector<std::string> services;
    for (const auto& known : process::service_names()) {
        const bool named = std::find(given.begin(), given.end(), known) != given.end();
        const bool all = std::find(given.begin(), given.end(), "all") != given.end();
        if (named || all) services.push_back(known);
    }
    return services;
}

void print_tour(const process& running, const config& settings) {
    const auto url = [&](std::string_view service) {
        return fmt::format("http://localhost:{}", running.find(service)->around().http_port());
    };
    for (const auto& each : running.services()) {
        const auto& name = each->around().service();
        std::cout << fmt::format("  {:<14} {}   docs: {}/docs\n", name, url(name), url(name));
    }
    if (running.services().size() < process::service_names().size()) return;
    const auto users = url("users"), auth = url("auth"), tasks = url("tasks");
    std::cout << fmt::format(
        R"tour(
Try it:
  curl -s {}/api/v1/eventstreammonitor/users/register \
    -H 'Content-Type: application/json' -d '{{"username":"ada","email":"ada@example.org",
    "password":"correct horse battery","firstName":"Ada","lastName":"Lovelace"}}'
  TOKEN=$(curl -s {}/api/v1/eventstreammonitor/auth/login -H 'Content-Type: application/json' \
    -d '{{"username":"ada","password":"correct horse battery"}}' |
    sed 's/.*"accessToken":"\([^"]*\)".*/\1/')
  curl -s {}/api/v1/eventstreammonitor/tasks \
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \
    -d '{{"taskType":"data_processing","parameters":{{"format":"csv","csv":"city,n\nRome,2\nOslo,1\n",
    "steps":[{{"op":"sort","by":[{{"column":"n"}}]}}]}}}}'

Files, and mails under mailbox/, are in {}. Stop with Ctrl-C.
)tour",
        users,
        auth,
        tasks,
        settings.data_dir
    );
    std::cout.flush();
}

int serve(const esm::config::values& values, const std::vector<std::string>& names) {
    const stop_signals signals;
    const auto services = chosen_services(names);
    observe::configure_logs(
        {services.size() == 1 ? services.front() : "esm",
         values.get_string("system.log_level"),
         values.get_string("system.log_format") == "auto" ? (isatty(STDERR_FILENO) ? "text" : "json")
                                                          : values.get_string("system.log_format")}
    );
    process running(values, services);
    std::atomic<bool> asked_to_stop{false};
    std::thread waiter([&] {
        signals.wait();
        asked_to_stop = true;
        running.stop_starting();
        signals.restore();
        asked_to_stop.notify_all();
    });
    int status = 0;
    try {
        if (running.start()) {
            observe::log(observe::level::info, "ready");
            print_tour(running, running.shared().settings);
            release_startup_pages();
            asked_to_stop.wait(false);
            observe::log(observe::level::info, "stopping: finishing what was accepted");
        }
    } catch (const std::exception& problem) {
        std::cerr << "esm: " << problem.what() << '\n';
        status = 1;
        pthread_kill(waiter.native_handle(), SIGTERM);
    }
    waiter.join();
    running.stop();
    if (status == 0) observe::log(observe::level::info, "stopped");
    return status;
}

}  // namespace

void add_serve(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("serve", "Run services in the foreground");
    auto names = std::make_shared<std::vector<std::string>>();
    auto options = std::make_shared<configuration_options>();
    command->add_option("services", *names, "users, auth, tasks, notifications, or all")
        ->required()
        ->check(CLI::IsMember({"users", "auth", "tasks", "notifications", "all"}));
    options->add_to(*command);
    command->footer(
        "Examples:\n"
        "  esm serve all\n"
        "  esm serve all --data /var/lib/esm --port-offset 1000\n"
        "  ESM_TASKS_DB_URL=postgresql://… ESM_KAFKA_BROKERS=localhost:29092 ESM_AUTH_JWKS_URLS=http://… esm "
        "serve tasks"
    );
    command->callback([command, names, options, &chosen] {
        chosen = [command, names, options] { return serve(options->load(*command), *names); };
    });
}

}  // namespace esm::app
