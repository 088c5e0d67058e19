// `esm notifications dead-letters …`: what could not be sent or applied, for administrators.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "app/notifications_commands.hpp"
#include "app/paged_list.hpp"
#include "app/tasks_commands.hpp"
#include "app/terminal.hpp"
#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using table = std::vector<std::vector<std::string>>;

constexpr std::string_view letters_path = "/notifications/dead-letters";
constexpr std::size_t reason_max_bytes = 70;  // in a list; `show` has it whole
constexpr int rounds_max = 1'000;

struct letter_options : page_options {
    std::string kind{"notification"};
    std::int64_t id{0};
    std::vector<std::int64_t> ids;
    std::string channel, event_type, topic, failed_after, failed_before;
    std::string recipient, payload;
    bool dry_run{false};
};

std::string path_of(const letter_options& given) {
    return fmt::format("{}/{}/{}", letters_path, given.kind, given.id);
}

std::vector<std::string> row_of(const bj::object& letter) {
    const bool is_event = shown(letter, "kind") == "event";
    const auto& about = is_event ? letter : letter.at("notification").as_object();
    std::string where;
    if (is_event) {
        const auto& origin = letter.at("origin").as_object();
        where = fmt::format("{} {}", shown(origin, "topic"), shown(origin, "place"));
    } else {
        where = fmt::format("{} {}", shown(about, "channel"), shown(about, "recipient"));
    }
    return {
        shown(letter, "id"),
        shown(letter, "failedAt"),
        shown(about, "eventType"),
        where,
        std::string(cut_utf8(shown(letter, "reason"), reason_max_bytes)),
    };
}

table letter_rows(const bj::array& letters) {
    table rows;
    for (const auto& each : letters) rows.push_back(row_of(each.as_object()));
    return rows;
}

void list(const letter_options& given) {
    std::string path(letters_path);
    add_parameter(path, "kind", given.kind);
    add_parameter(path, "channel", given.channel);
    add_parameter(path, "eventType", given.event_type);
    add_parameter(path, "topic", given.topic);
    const auto* where = given.kind == "event" ? "ORIGIN" : "RECIPIENT";
    const std::vector<std::string> head{"ID", "FAILED", "EVENT", where, "REASON"};
    print_pages({api::notifications, path, "deadLetters", head, letter_rows}, given);
}

void print_letter(const bj::value& answer, bool as_json) {
    if (as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    table rows;
    const auto& letter = answer.as_object().at("deadLetter").as_object();
    for (const auto& member : letter) {
        if (member.key() == "notification" || member.key() == "headers" || member.key() == "origin") {
            for (const auto& inner : member.value().as_object()) {
                const auto name =
                    fmt::format("{}.{}", std::string_view(member.key()), std::string_view(inner.key()));
                rows.push_back({name, shown(member.value().as_object(), inner.key())});
            }
        } else {
            rows.push_back({std::string(member.key()), shown(letter, member.key())});
        }
    }
    print_table(rows);
}

void show(const letter_options& given) {
    print_letter(api_client().call(api::notifications, "GET", path_of(given)), given.as_json);
}

std::string read_argument(const std::string& given) {
    if (given == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
    if (!given.starts_with('@')) return given;
    std::ifstream file(given.substr(1), std::ios::binary);
    if (!file) throw client_failed(client_exit::refused, fmt::format("{}: cannot be read", given.substr(1)));
    return {std::istreambuf_iterator<char>(file), {}};
}

bj::object change_of(const letter_options& given) {
    if (!given.recipient.empty()) return {{"recipient", given.recipient}};
    boost::system::error_code failure;
    auto payload = bj::parse(read_argument(given.payload), failure);
    if (failure || !payload.is_object()) {
        throw client_failed(client_exit::refused, "--payload: is no JSON object");
    }
    return {{"payload", std::move(payload)}};
}

// Changes what is there now: a change by somebody else in between is not overwritten.
void edit(const letter_options& given) {
    const auto change = change_of(given);
    api_client client;
    const auto before = client.ask(api::notifications, "GET", path_of(given));
    expect_success(before, client.root(api::notifications));
    const auto tag = before.headers.find("etag");
    std::vector<std::string> headers;
    if (tag != before.headers.end()) headers.push_back("If-Match: " + tag->second);
    print_letter(client.call(api::notifications, "PATCH", path_of(given), &change, headers), given.as_json);
}

void discard(const letter_options& given) {
    api_client().call(api::notifications, "DELETE", path_of(given));
    std::cout << given.id << " discarded\n";
}

bj::object redrive_body(const letter_options& given) {
    bj::object body{{"kind", given.kind}, {"dryRun", given.dry_run}};
    if (!given.limit.empty()) body["limit"] = std::stoll(given.limit);
    if (!given.ids.empty()) {
        body["ids"] = bj::value_from(given.ids);
        return body;
    }
    bj::object filter;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) filter[name] = value;
    };
    add("channel", given.channel);
    add("eventType", given.event_type);
    add("topic", given.topic);
    add("failedAfter", given.failed_after);
    add("failedBefore", given.failed_before);
    body["filter"] = std::move(filter);
    return body;
}

// Round by round where one request does not see them all. Exit status 1 where some were refused.
void redrive(const letter_options& given) {
    const auto body = redrive_body(given);
    api_client client;
    std::int64_t redriven = 0;
    table refused{{"ID", "REFUSED"}};
    bool more = false;
    for (int round = 0; round < rounds_max; ++round) {
        const auto answer =
            client.call(api::notifications, "POST", fmt::format("{}/redrive", letters_path), &body);
        const auto& done = answer.as_object();
        if (given.as_json) std::cout << bj::serialize(done) << '\n';
        const auto count = done.at("redriven").as_int64();
        redriven += count;
        refused.resize(1);
        for (const auto& each : done.at("refused").as_array()) {
            refused.push_back({shown(each.as_object(), "id"), shown(each.as_object(), "reason")});
        }
        more = done.at("more").as_bool();
        if (!more || count == 0 || given.dry_run || !given.limit.empty()) break;
    }
    if (!given.as_json) {
        std::cout << fmt::format("{} {}\n", redriven, given.dry_run ? "would be redriven" : "redriven");
        if (refused.size() > 1) print_table(refused);
    }
    if (more) std::cerr << "there are more: raise --limit, or ask again\n";
    if (refused.size() > 1) {
        throw client_failed(client_exit::refused, fmt::format("{} were refused", refused.size() - 1));
    }
}

void add_kind(CLI::App& command, letter_options& given) {
    command.add_option("--kind", given.kind, "notification: could not be sent; event: could not be applied")
        ->check(CLI::IsMember({"notification", "event"}))
        ->capture_default_str();
}

void add_filter(CLI::App& command, letter_options& given) {
    command.add_option("--channel", given.channel, "Only notifications of this channel");
    command.add_option("--event-type", given.event_type, "As in task.completed.v1");
    command.add_option("--topic", given.topic, "Only events of this topic");
}

void add_id(CLI::App& command, letter_options& given) {
    command.add_option("id", given.id, "The dead letter's id")
        ->required()
        ->check(task_id_range)
        ->type_name("ID");
    add_kind(command, given);
}

void add_list_and_show(CLI::App& letters, action& chosen) {
    auto* listing = letters.add_subcommand("list", "Dead letters, those that failed last first");
    auto wanted = std::make_shared<letter_options>();
    add_kind(*listing, *wanted);
    add_filter(*listing, *wanted);
    add_page_options(*listing, *wanted);
    listing->footer(
        "Examples:\n  esm notifications dead-letters list --channel email\n"
        "  esm notifications dead-letters list --kind event"
    );
    run_on_parse(*listing, chosen, wanted, list);

    auto* one = letters.add_subcommand("show", "Show a dead letter");
    auto asked = std::make_shared<letter_options>();
    add_id(*one, *asked);
    add_json_flag(*one, asked->as_json);
    one->footer(
        "Examples:\n  esm notifications dead-letters show 1042\n"
        "  esm notifications dead-letters show 1000 --kind event --json | jq .deadLetter.payload > "
        "payload.json"
    );
    run_on_parse(*one, chosen, asked, show);
}

void add_edit_and_discard(CLI::App& letters, action& chosen) {
    auto* change = letters.add_subcommand("edit", "Mend a dead letter before it is redriven");
    auto given = std::make_shared<letter_options>();
    given->kind.clear();
    change->add_option("id", given->id, "The dead letter's id")
        ->required()
        ->check(task_id_range)
        ->type_name("ID");
    auto* recipient =
        change->add_option("--recipient", given->recipient, "A notification's address or number");
    change->add_option("--payload", given->payload, "An event's JSON, @FILE, or - for standard input")
        ->excludes(recipient);
    add_json_flag(*change, given->as_json);
    change->footer(
        "Examples:\n  esm notifications dead-letters edit 1042 --recipient ada@example.org\n"
        "  esm notifications dead-letters edit 1000 --payload @payload.json"
    );
    change->callback([given, &chosen] {
        if (given->recipient.empty() == given->payload.empty()) {
            throw CLI::ValidationError(
                "edit", "give --recipient for a notification, or --payload for an event"
            );
        }
        given->kind = given->recipient.empty() ? "event" : "notification";
        chosen = [given] { return run_client([&] { edit(*given); }); };
    });

    auto* end = letters.add_subcommand("discard", "Give a dead letter up; a notification stays failed");
    auto ended = std::make_shared<letter_options>();
    add_id(*end, *ended);
    end->footer("Example:\n  esm notifications dead-letters discard 1000 --kind event");
    run_on_parse(*end, chosen, ended, discard);
}

void add_redrive(CLI::App& letters, action& chosen) {
    auto* command = letters.add_subcommand("redrive", "Send notifications, or apply events, once more");
    auto given = std::make_shared<letter_options>();
    auto* ids = command->add_option("id", given->ids, "Ids of dead letters")->check(task_id_range);
    ids->expected(-1)->type_name("ID");
    auto* all = command->add_flag("--all", given->all, "All that fit the filters below")->excludes(ids);
    add_kind(*command, *given);
    add_filter(*command, *given);
    command->add_option("--failed-after", given->failed_after, "RFC 3339, as in 2026-01-31T00:00:00Z")
        ->needs(all);
    command->add_option("--failed-before", given->failed_before, "RFC 3339")->needs(all);
    command->add_option("--limit", given->limit, "The most, 1 to 10000; else all")
        ->check(CLI::Range(1, 10'000))
        ->type_name("N");
    command->add_flag("--dry-run", given->dry_run, "Say what would be, change nothing");
    add_json_flag(*command, given->as_json);
    command->footer(
        "Each is redriven once, whoever else does the same. Exit status 1 where some were refused.\n"
        "Examples:\n  esm notifications dead-letters redrive 1042 1043\n"
        "  esm notifications dead-letters redrive --all --channel email --dry-run\n"
        "  esm notifications dead-letters redrive --all --kind event --topic task-processing-events"
    );
    command->callback([given, &chosen] {
        if (given->ids.empty() && !given->all) {
            throw CLI::ValidationError("redrive", "give the ids of dead letters, or --all");
        }
        chosen = [given] { return run_client([&] { redrive(*given); }); };
    });
}

}  // namespace

void add_notifications_dead_letters(CLI::App& notifications, action& chosen) {
    auto* letters = notifications.add_subcommand(
        "dead-letters", "What could not be sent or applied: look at it, mend it, try it again"
    );
    letters->require_subcommand(1);
    add_list_and_show(*letters, chosen);
    add_edit_and_discard(*letters, chosen);
    add_redrive(*letters, chosen);
    letters->footer(
        "Examples:\n  esm notifications dead-letters list\n  esm notifications dead-letters COMMAND --help"
    );
}

}  // namespace esm::app
