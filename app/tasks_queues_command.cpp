// `esm tasks queues …`: what waits and runs in each queue, its limits, its pauses; for administrators.
#include <fmt/format.h>

#include <iostream>

#include "app/tasks_commands.hpp"
#include "app/terminal.hpp"
#include "platform/http/text.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

struct queue_options {
    std::string name;
    std::optional<std::int64_t> concurrency, rate_per_minute;
    bool as_json{false};
};

const std::vector<const char*> members{
    "name", "paused", "concurrency", "ratePerMinute", "waiting", "running"
};

std::vector<std::string> head() {
    return {"QUEUE", "PAUSED", "CONCURRENCY", "PER MINUTE", "WAITING", "RUNNING"};
}

std::string queue_path(const queue_options& given, std::string_view verb = {}) {
    return fmt::format("/queues/{}{}", http::percent_encode(given.name), verb);
}

void list(const queue_options& given) {
    const auto answer = api_client().call(api::tasks, "GET", "/queues");
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
    } else {
        print_table(rows_of(answer.as_object().at("queues").as_array(), head(), members));
    }
}

void print_queue(const bj::value& answer, const queue_options& given, std::string_view done) {
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
    } else {
        std::cout << fmt::format("queue {} {}\n", given.name, done);
    }
}

void pause(const queue_options& given) {
    const auto answer = api_client().call(api::tasks, "POST", queue_path(given, "/pause"));
    print_queue(answer, given, "starts no task until it is resumed; what runs goes on");
}

void resume(const queue_options& given) {
    print_queue(api_client().call(api::tasks, "POST", queue_path(given, "/resume")), given, "goes on");
}

// 0 takes a limit away.
bj::value limit_of(std::int64_t given) {
    if (given == 0) return nullptr;
    return given;
}

void set_limits(const queue_options& given) {
    bj::object body;
    if (given.concurrency) body["concurrency"] = limit_of(*given.concurrency);
    if (given.rate_per_minute) body["ratePerMinute"] = limit_of(*given.rate_per_minute);
    if (body.empty()) {
        throw client_failed(client_exit::refused, "give --concurrency, --rate-per-minute or both");
    }
    print_queue(api_client().call(api::tasks, "PUT", queue_path(given), &body), given, "has its limits");
}

struct queue_command {
    const char* name;
    const char* help;
    void (*run)(const queue_options& given);
};

}  // namespace

void add_tasks_queues(CLI::App& tasks, action& chosen) {
    auto* queues =
        tasks.add_subcommand("queues", "Queues: what waits and runs, limits, pauses; for administrators");
    auto listed = std::make_shared<queue_options>();
    add_json_flag(*queues, listed->as_json);
    queues->footer(
        "Examples:\n  esm tasks queues\n  esm tasks queues pause backups\n"
        "  esm tasks queues set backups --concurrency 2 --rate-per-minute 60"
    );
    queues->callback([queues, listed, &chosen] {
        if (!queues->get_subcommands().empty()) return;
        chosen = [listed] { return run_client([&] { list(*listed); }); };
    });
    for (const auto& each :
         {queue_command{"pause", "Start no further task of a queue", pause},
          {"resume", "Let a paused queue go on", resume},
          {"set", "Limit what runs at once and what starts in a minute", set_limits}}) {
        auto* command = queues->add_subcommand(each.name, each.help);
        auto given = std::make_shared<queue_options>();
        command->add_option("name", given->name, "The queue's name")->required();
        if (each.run == set_limits) {
            command->add_option("--concurrency", given->concurrency, "Tasks that run at once; 0: no limit")
                ->check(CLI::NonNegativeNumber)
                ->type_name("N");
            command
                ->add_option(
                    "--rate-per-minute", given->rate_per_minute, "Tasks that start in a minute; 0: no limit"
                )
                ->check(CLI::NonNegativeNumber)
                ->type_name("N");
        }
        add_json_flag(*command, given->as_json);
        const auto* example = each.run == set_limits ? "backups --concurrency 2" : "backups";
        command->footer(fmt::format("Example:\n  esm tasks queues {} {}", each.name, example));
        run_on_parse(*command, chosen, given, each.run);
    }
}

}  // namespace esm::app
