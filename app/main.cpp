// `esm`: parses the command line and runs the chosen command. Errors are one message on standard error that
// says what to do; exit status 1, or 2 for a wrong command line or configuration.
#include <curl/curl.h>
#include <sodium.h>
#include <sys/stat.h>

#include <csignal>
#include <iostream>

#include "app/commands.hpp"

namespace {

int run(int argc, char** argv) {
    CLI::App cli{
        "EventStreamMonitor: accounts, tokens, background tasks and notifications in one binary", "esm"
    };
    cli.require_subcommand(1);
    cli.footer(
        "Examples:\n"
        "  esm serve all                          everything in this process, files in ./esm-data\n"
        "  esm serve tasks --config esm.toml      one service, PostgreSQL and Kafka as configured\n"
        "  esm demo                               a tour of the whole system by itself\n"
        "  esm COMMAND --help                     more on a command"
    );
    esm::app::action chosen;
    esm::app::add_serve(cli, chosen);
    esm::app::add_migrate(cli, chosen);
    esm::app::add_config(cli, chosen);
    esm::app::add_demo(cli, chosen);
    esm::app::add_admin(cli, chosen);
    esm::app::add_login(cli, chosen);
    esm::app::add_users(cli, chosen);
    esm::app::add_tasks(cli, chosen);
    esm::app::add_api_keys(cli, chosen);
    esm::app::add_mail(cli, chosen);
    esm::app::add_worker(cli, chosen);
    esm::app::add_schedules(cli, chosen);
    esm::app::add_notifications(cli, chosen);
    esm::app::add_certs(cli, chosen);
    esm::app::add_health(cli, chosen);
    esm::app::add_routes(cli, chosen);
    esm::app::add_version(cli, chosen);
    esm::app::add_completion(cli, chosen);
    const std::string first = argc > 1 ? argv[1] : "--help";
    if (first.front() != '-' &&
        cli.get_subcommands([&](const CLI::App* each) { return each->get_name() == first; }).empty()) {
        std::cerr << fmt::format("esm: there is no command '{}'; `esm --help` lists them\n", first);
        return 2;
    }
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        const int status = cli.exit(problem);
        return status == 0 ? 0 : 2;
    }
    return chosen();
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    umask(077);  // databases, keys and mails are nobody else's
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
        std::cerr << "esm: cannot initialise its cryptography\n";
        return 1;
    }
    try {
        return run(argc, argv);
    } catch (const esm::config::invalid_configuration& problem) {
        std::cerr << "esm: the configuration is not valid:\n" << problem.what() << '\n';
        return 2;
    } catch (const std::exception& problem) {
        std::cerr << "esm: " << problem.what() << '\n';
        return 1;
    }
}
