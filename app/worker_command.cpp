// `esm worker run`: makes any program a worker. The secret comes from a file or the environment, never from
// the arguments.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <fstream>
#include <iostream>

#include "app/commands.hpp"
#include "app/terminal.hpp"
#include "app/worker/worker.hpp"
#include "platform/observe/log.hpp"

namespace esm::app {

namespace {

constexpr int tasks_grpc_port = 5102;
constexpr int auth_port = 5004;
constexpr int concurrency_max = 256;
constexpr int seconds_max = 24 * 3600;

struct worker_arguments {
    std::string server, token_url;
    int port_offset{0};
    std::string client_id, secret_file;
    grpc_client::tls_files tls;
    std::string name, command;
    std::vector<std::string> types, queues;
    int concurrency{1};
    int kill_after_seconds{10}, drain_seconds{20};
    std::string log_level{"info"}, log_format{"auto"};
};

std::string read_secret(const worker_arguments& given) {
    if (given.secret_file.empty()) {
        const char* const secret = std::getenv("ESM_WORKER_CLIENT_SECRET");
        if (secret != nullptr && *secret != '\0') return secret;
        throw std::runtime_error(
            "the client's secret is missing: --client-secret-file FILE or ESM_WORKER_CLIENT_SECRET"
        );
    }
    std::ifstream file(given.secret_file);
    std::string secret;
    std::getline(file, secret);
    if (secret.empty()) throw std::runtime_error(given.secret_file + ": holds no secret, or cannot be read");
    return secret;
}

std::string default_name() {
    char host[HOST_NAME_MAX + 1] = "localhost";
    ::gethostname(host, sizeof host - 1);
    return fmt::format("{}:{}", host, ::getpid());
}

// What programs inherit: everything but what is this worker's own.
std::vector<std::string> inherited_environment() {
    std::vector<std::string> kept;
    for (char** each = environ; *each != nullptr; ++each) {
        if (std::strncmp(*each, "ESM_WORKER_", std::strlen("ESM_WORKER_")) != 0) kept.emplace_back(*each);
    }
    return kept;
}

link_options link_of(const worker_arguments& given) {
    const bool any = !given.tls.certificate.empty() || !given.tls.key.empty() || !given.tls.authority.empty();
    const bool all = !given.tls.certificate.empty() && !given.tls.key.empty() && !given.tls.authority.empty();
    if (any != all) throw std::runtime_error("--tls-cert, --tls-key and --tls-ca go together");
    link_options made;
    made.server = given.server.empty() ? fmt::format("127.0.0.1:{}", tasks_grpc_port + given.port_offset)
                                       : given.server;
    made.tls = given.tls;
    made.token_url = given.token_url.empty()
                         ? fmt::format("http://127.0.0.1:{}/oauth2/token", auth_port + given.port_offset)
                         : given.token_url;
    made.client_id = given.client_id;
    made.client_secret = read_secret(given);
    return made;
}

worker_options options_of(const worker_arguments& given) {
    worker_options made;
    made.name = given.name.empty() ? default_name() : given.name;
    made.types = given.types;
    made.queues = given.queues;
    made.concurrency = static_cast<std::size_t>(given.concurrency);
    made.drain = std::chrono::seconds(given.drain_seconds);
    made.job.command = given.command;
    made.job.environment = inherited_environment();
    made.job.kill_after = std::chrono::seconds(given.kill_after_seconds);
    return made;
}

// SIGTERM and SIGINT, taken by the main thread alone; programs start with them let through again.
class end_signals {
public:
    end_signals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }
    bool came_within(std::chrono::milliseconds patience) const {
        const timespec wait{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
        return sigtimedwait(&set_, nullptr, &wait) > 0;
    }

private:
    sigset_t set_{};
};

std::string_view log_format(const worker_arguments& given) {
    if (given.log_format != "auto") return given.log_format;
    return ::isatty(STDERR_FILENO) != 0 ? "text" : "json";
}

int run_worker(const worker_arguments& given) {
    observe::configure_logs({"worker", given.log_level, std::string(log_format(given))});
    const end_signals signals;  // before gRPC starts its threads
    auto link_to = link_of(given);
    warn_of_clear_text(link_to.token_url, "client secret");
    worker_link link(std::move(link_to));
    const auto options = options_of(given);
    worker working(options, link);
    working.start();
    observe::log(
        observe::level::info,
        "worker started",
        {{"worker", options.name},
         {"taskTypes", fmt::format("{}", fmt::join(options.types, " "))},
         {"concurrency", std::int64_t{given.concurrency}}}
    );
    constexpr auto look_every = std::chrono::milliseconds(200);
    while (working.failure().empty() && !signals.came_within(look_every)) {
    }
    working.stop();
    observe::log(observe::level::info, "worker stops", {{"reason", working.failure()}});
    std::atomic<bool> now{false}, over{false};
    std::thread second_signal([&] {
        while (!over) now = signals.came_within(look_every) || now;
    });
    working.join(now);
    over = true;
    second_signal.join();
    if (working.failure().empty()) return 0;
    std::cerr << fmt::format("esm: {}\n", harmless(working.failure()));
    return 1;
}

void add_connection(CLI::App& run, worker_arguments& given) {
    run.add_option("--server", given.server, "host:port of the task service's gRPC interface; 127.0.0.1:5102")
        ->envname("ESM_WORKER_SERVER");
    run.add_option("--token-url", given.token_url, "http://127.0.0.1:5004/oauth2/token unless given")
        ->envname("ESM_WORKER_TOKEN_URL");
    run.add_option("--port-offset", given.port_offset, "As the system on this machine was started with")
        ->check(CLI::Range(0, 60000))
        ->type_name("N");
    run.add_option("--client-id", given.client_id, "OAuth client with the scope tasks:work")
        ->envname("ESM_WORKER_CLIENT_ID")
        ->required();
    run.add_option(
           "--client-secret-file", given.secret_file, "File with its secret; else $ESM_WORKER_CLIENT_SECRET"
    )
        ->envname("ESM_WORKER_CLIENT_SECRET_FILE");
    run.add_option(
        "--tls-cert", given.tls.certificate, "PEM certificate of this worker, as `esm certs` makes them"
    );
    run.add_option("--tls-key", given.tls.key, "PEM private key of --tls-cert");
    run.add_option("--tls-ca", given.tls.authority, "PEM certificate of the authority of both sides");
}

void add_work(CLI::App& run, worker_arguments& given) {
    run.add_option("--type", given.types, "Task type to work on; repeat for more")->required();
    run.add_option("--queue", given.queues, "Only tasks of this queue; repeat for more");
    run.add_option("--exec", given.command, "Command that /bin/sh runs for each task")->required();
    run.add_option("--concurrency", given.concurrency, "Tasks at once")
        ->check(CLI::Range(1, concurrency_max))
        ->capture_default_str();
    run.add_option("--name", given.name, "Of this worker, for people; host:pid unless given");
    run.add_option("--kill-after-seconds", given.kill_after_seconds, "From SIGTERM to SIGKILL for a program")
        ->check(CLI::Range(0, seconds_max))
        ->capture_default_str();
    run.add_option(
           "--drain-seconds",
           given.drain_seconds,
           "How long programs may go on once this worker is told to end"
    )
        ->check(CLI::Range(0, seconds_max))
        ->capture_default_str();
    run.add_option("--log-level", given.log_level, "debug, info, warn or error")->capture_default_str();
    run.add_option("--log-format", given.log_format, "json, text, or auto (text on a terminal)")
        ->check(CLI::IsMember({"auto", "json", "text"}))
        ->capture_default_str();
}

constexpr const char* run_footer =
    "The program gets the task's parameters as JSON on standard input, and in its environment ESM_TASK_ID,\n"
    "ESM_TASK_TYPE, ESM_TASK_REFERENCE, ESM_TASK_QUEUE, ESM_TASK_USER_ID, ESM_TASK_TAGS, ESM_TASK_DEADLINE,\n"
    "ESM_ATTEMPT, ESM_MAX_ATTEMPTS, ESM_CORRELATION_ID and TRACEPARENT. On standard output it may write "
    "lines\n"
    "  {\"progress\":40}                        per cent\n"
    "  {\"log\":\"…\",\"severity\":\"info\"}          debug, info, warn or error\n"
    "  {\"result\":{…}}                         any JSON up to 1 MiB; the last one counts\n"
    "  {\"retryAfterSeconds\":30}               where it fails: not sooner than that\n"
    "Other lines, and standard error, go to the task's log.\n"
    "Exit status 0 completes the task, 65 (EX_DATAERR) fails it for good, any other fails the attempt, with "
    "the\n"
    "end of standard error as its message. A cancelled task, or one over its time, gets SIGTERM, later "
    "SIGKILL;\n"
    "one that another worker has by now, SIGKILL. Signals go to the program's whole process group.\n"
    "SIGTERM to the worker: no new tasks; those that run end within --drain-seconds or are given back, "
    "which\n"
    "costs them no attempt. A second one: at once.\n"
    "Examples:\n"
    "  export ESM_WORKER_CLIENT_ID=client-… ESM_WORKER_CLIENT_SECRET_FILE=/run/secrets/worker\n"
    "  esm worker run --type thumbnail --concurrency 4 --exec ./thumbnail.py\n"
    "  esm worker run --type count_words --exec 'jq \"{result:{words:(.text|splits(\\\" +\\\")|length)}}\" "
    "-c'\n"
    "  esm worker run --type backup --queue nightly --exec 'exec backup --json' --server tasks.internal:5102 "
    "\\\n"
    "      --token-url https://id.example.org/oauth2/token --tls-cert w.crt --tls-key w.key --tls-ca ca.crt\n"
    "Exit status: 0 stopped by a signal, 1 refused by the server, 2 wrong command line.";

}  // namespace

void add_worker(CLI::App& cli, action& chosen) {
    auto* worker = cli.add_subcommand("worker", "Work on tasks of your own types");
    worker->require_subcommand(1);
    auto given = std::make_shared<worker_arguments>();
    auto* run = worker->add_subcommand("run", "Run a program for each task: any language, no library");
    add_work(*run, *given);
    add_connection(*run, *given);
    run->footer(run_footer);
    run->callback([given, &chosen] { chosen = [given] { return run_worker(*given); }; });
    worker->footer("Example:\n  esm worker run --type thumbnail --exec ./thumbnail.py");
}

}  // namespace esm::app
