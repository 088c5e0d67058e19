// `esm notifications templates …`: the texts of all messages as files that people edit and bring back.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <map>

#include "app/api_client.hpp"
#include "app/notifications_commands.hpp"
#include "app/template_push.hpp"
#include "app/terminal.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
namespace fs = std::filesystem;
using notifications::file_name;
using notifications::file_part;

struct template_options {
    std::string event_type, channel, locale;  // of one; the type also filters the list
    std::string folder;
    std::string html, file;  // where a preview's page goes, and what it is made of
    bool dry_run{false}, as_json{false};
};

bj::value list_all(api_client& client, const std::string& event_type) {
    std::string path = "/notifications/templates";
    add_parameter(path, "eventType", event_type);
    return client.call(api::notifications, "GET", path);
}

void list(const template_options& given) {
    api_client client;
    const auto answer = list_all(client, given.event_type);
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    std::vector<std::vector<std::string>> rows{{"EVENT TYPE", "CHANNEL", "LOCALE", "VERSION"}};
    for (const auto& each : answer.as_object().at("templates").as_array()) {
        const auto& row = each.as_object();
        const bool shipped = row.at("shipped").as_bool();
        rows.push_back(
            {shown(row, "eventType"),
             shown(row, "channel"),
             shown(row, "locale"),
             shipped ? "shipped" : shown(row, "version")}
        );
    }
    print_table(rows);
}

// True where the file was not the same before.
bool write_file(const fs::path& path, const std::string& text) {
    std::error_code missing;
    if (fs::exists(path, missing) && read_text_file(path) == text) return false;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file) throw client_failed(client_exit::refused, fmt::format("{}: cannot be written", path.string()));
    return true;
}

// One file an event type and locale, its parts in the order of the shipped ones.
void pull(const template_options& given) {
    api_client client;
    const auto answer = list_all(client, given.event_type);
    std::map<std::string, std::vector<file_part>> files;
    for (const auto& each : answer.as_object().at("templates").as_array()) {
        const auto& of = each.as_object();
        const auto event_type = shown(of, "eventType"), channel = shown(of, "channel"),
                   locale = shown(of, "locale");
        const auto path = template_path(event_type, channel, locale);
        const auto one = client.call(api::notifications, "GET", path);
        const auto texts = parts_in(one.as_object().at("template").as_object());
        // The name comes from a server: it must not lead out of the folder.
        const auto name = notifications::parse_file_name(to_text(file_name{event_type, locale}));
        if (!name) throw client_failed(client_exit::refused, name.error().detail);
        auto& parts = files[to_text(*name)];
        for (const auto& [part, text] : texts) parts.push_back({channel, part, text});
    }
    fs::create_directories(given.folder);
    std::size_t written = 0;
    for (auto& [name, parts] : files) {
        std::vector<file_part> ordered;
        for (const auto& rule : notifications::all_parts()) {
            for (const auto& each : parts) {
                if (each.channel == rule.channel && each.name == rule.name) ordered.push_back(each);
            }
        }
        if (!write_file(fs::path(given.folder) / name, notifications::write_template_file(ordered))) continue;
        ++written;
        std::cout << harmless(name) << '\n';
    }
    std::cerr << fmt::format("{} of {} files were written\n", written, files.size());
}

void push(const template_options& given) {
    api_client client;
    template_push folder(client);
    folder.read(given.folder);
    const bool good = folder.problems().empty();
    if (good && given.dry_run) folder.show();
    if (good && !given.dry_run) folder.send();
    if (good && !folder.has_changes()) std::cerr << "nothing differs from what is in force\n";
    if (folder.problems().empty()) return;
    for (const auto& each : folder.problems()) std::cerr << harmless(each) << '\n';
    const auto count = folder.problems().size();
    throw client_failed(
        client_exit::refused,
        fmt::format("{} problem{}{}", count, count == 1 ? "" : "s", good ? "" : "; nothing was changed")
    );
}

void preview(const template_options& given) {
    api_client client;
    bj::object body;
    std::vector<file_part> parts;
    if (!given.file.empty()) {
        auto read = notifications::parse_template_file(read_text_file(given.file));
        if (!read) {
            throw client_failed(client_exit::refused, fmt::format("{}: {}", given.file, read.error().detail));
        }
        parts = std::move(*read);
        body = parts_body(notifications::texts_of(parts, given.channel));
    }
    const auto path = template_path(given.event_type, given.channel, given.locale) + "/preview";
    const auto asked = client.ask(api::notifications, "POST", path, &body);
    if (asked.status == 422 && !parts.empty()) {
        const auto places = places_of(asked, given.file, given.channel, parts);
        throw client_failed(client_exit::refused, fmt::to_string(fmt::join(places, "\n")));
    }
    const auto answer = expect_success(asked, client.root(api::notifications));
    const auto& message = answer.as_object();
    if (!given.html.empty()) {
        const auto page = shown(message, "html");
        if (page.empty()) {
            throw client_failed(client_exit::refused, given.channel + " has no HTML; --html is for email");
        }
        write_file(given.html, page);
    }
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    if (const auto subject = shown(message, "subject"); !subject.empty()) {
        std::cout << harmless(subject) << "\n\n";
    }
    print_lines(shown(message, "text"));
}

using shared_options = std::shared_ptr<template_options>;

void run_on(
    CLI::App& command, action& chosen, const shared_options& given, void (*run)(const template_options&)
) {
    command.callback([given, run, &chosen] {
        chosen = [given, run] { return run_client([&] { run(*given); }); };
    });
}

void add_list(CLI::App& templates, action& chosen) {
    auto* command = templates.add_subcommand("list", "Every template in force, shipped or changed");
    const auto given = std::make_shared<template_options>();
    command->add_option("--event-type", given->event_type, "Only those of this type of event");
    command->add_flag("--json", given->as_json, "As the service answers");
    command->footer("Example:\n  esm notifications templates list --event-type task.failed.v1");
    run_on(*command, chosen, given, list);
}

void add_pull(CLI::App& templates, action& chosen) {
    auto* command = templates.add_subcommand("pull", "Write what is in force into a folder of files");
    const auto given = std::make_shared<template_options>();
    command
        ->add_option("folder", given->folder, "Made where it is missing; files of the same name are replaced")
        ->required()
        ->type_name("DIR");
    command->add_option("--event-type", given->event_type, "Only those of this type of event");
    command->footer(
        "One file an event type and locale, as task.completed.v1.de.mustache; each part follows a line such "
        "as\n"
        "{{! email.subject }}.\n"
        "Example:\n  esm notifications templates pull texts"
    );
    run_on(*command, chosen, given, pull);
}

void add_push(CLI::App& templates, action& chosen) {
    auto* command = templates.add_subcommand("push", "Bring a folder's files into force where they differ");
    const auto given = std::make_shared<template_options>();
    command->add_option("folder", given->folder, "As pull wrote it")->required()->type_name("DIR");
    command->add_flag("--dry-run", given->dry_run, "Check all and tell what would change");
    command->footer(
        "All files are checked first: while there is a problem, told as FILE:LINE:COLUMN: message, nothing "
        "is\n"
        "changed. What is not in the folder stays as it is.\n"
        "Examples:\n  esm notifications templates push texts --dry-run\n"
        "  esm notifications templates push texts"
    );
    run_on(*command, chosen, given, push);
}

void add_preview(CLI::App& templates, action& chosen) {
    auto* command = templates.add_subcommand("preview", "Show a message with made up data; nothing is sent");
    const auto given = std::make_shared<template_options>();
    command->add_option("event_type", given->event_type, "As task.completed.v1")->required();
    command->add_option("channel", given->channel, "email, sms, push or in_app")
        ->required()
        ->check(CLI::IsMember({"email", "sms", "push", "in_app"}));
    command->add_option("locale", given->locale, "As de or de-AT")->required();
    command->add_option("--html", given->html, "Write the page of a mail there")->type_name("FILE");
    command->add_option("--file", given->file, "Of the texts in this file instead of those in force")
        ->type_name("FILE");
    command->add_flag("--json", given->as_json, "As the service answers");
    command->footer(
        "Examples:\n  esm notifications templates preview task.failed.v1 email de --html page.html\n"
        "  esm notifications templates preview task.failed.v1 sms en --file texts/task.failed.v1.en.mustache"
    );
    run_on(*command, chosen, given, preview);
}

}  // namespace

void add_notifications_templates(CLI::App& notifications, action& chosen) {
    auto* templates =
        notifications.add_subcommand("templates", "The texts of all messages; for administrators");
    templates->require_subcommand(1);
    add_list(*templates, chosen);
    add_pull(*templates, chosen);
    add_push(*templates, chosen);
    add_preview(*templates, chosen);
    templates->footer(
        "Examples:\n  esm notifications templates pull texts\n  esm notifications templates push texts\n"
        "  esm notifications templates COMMAND --help"
    );
}

}  // namespace esm::app
