// `esm mail …`: the mails that an embedded system writes to its mailbox in place of sending them. Reads files
// alone, so it works while the system runs.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/mail_reader.hpp"
#include "app/terminal.hpp"
#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using table = std::vector<std::vector<std::string>>;

constexpr std::size_t subject_max_bytes = 80;  // in the list

struct mail_options {
    configuration_options configuration;
    std::string mailbox, to;
    std::size_t limit{20};
    std::size_t number{1};
    std::string html_file;
    bool raw{false}, as_json{false};
};

struct found_mail {
    std::filesystem::path file;
    stored_mail content;
};

std::string folder_of(const mail_options& given, const CLI::App& command) {
    const auto values = given.configuration.load(command);
    if (!given.mailbox.empty()) return given.mailbox;
    const std::string key = "notifications.mailbox_dir";
    if (!values.is_default(key)) return values.get_string(key);
    return values.get_string("system.data_dir") + "/mailbox";
}

// The newest first, as many as are wanted.
std::vector<found_mail> find_mails(const mail_options& given, const CLI::App& command, std::size_t most) {
    const auto folder = folder_of(given, command);
    const auto files = list_mails(folder);
    if (!files) {
        throw client_failed(
            client_exit::refused,
            folder +
                ": there is no mailbox; a system without an SMTP server makes it with its first mail (see "
                "--data and --mailbox)"
        );
    }
    std::vector<found_mail> found;
    for (const auto& file : *files) {
        if (found.size() == most) break;
        auto mail = parse_mail(read_mail_file(file));
        if (!given.to.empty() && mail.header("To").find(given.to) == std::string::npos) continue;
        found.push_back({file, std::move(mail)});
    }
    return found;
}

void list(const mail_options& given, const CLI::App& command) {
    table rows{{"N", "DATE", "TO", "SUBJECT"}};
    std::size_t number = 0;
    for (const auto& each : find_mails(given, command, given.limit)) {
        const auto& mail = each.content;
        ++number;
        if (given.as_json) {
            std::cout << bj::serialize(bj::object{
                             {"number", number},
                             {"date", mail.header("Date")},
                             {"to", mail.header("To")},
                             {"subject", mail.header("Subject")},
                             {"file", each.file.string()}
                         })
                      << '\n';
            continue;
        }
        std::string subject = mail.header("Subject");
        if (subject.size() > subject_max_bytes) {
            subject = std::string(cut_utf8(subject, subject_max_bytes)) + "...";
        }
        rows.push_back({std::to_string(number), mail.header("Date"), mail.header("To"), std::move(subject)});
    }
    if (!given.as_json) print_table(rows);
}

void write_html(const std::string& path, const stored_mail& mail) {
    if (mail.html.empty()) throw client_failed(client_exit::refused, "this mail has no HTML part");
    std::ofstream file(path, std::ios::binary);
    file << mail.html;
    file.close();
    if (!file) throw client_failed(client_exit::refused, path + ": cannot be written");
    std::cerr << fmt::format("{} written\n", harmless(path));
}

void show(const mail_options& given, const CLI::App& command) {
    const auto found = find_mails(given, command, given.number);
    if (found.size() < given.number) {
        throw client_failed(client_exit::refused, fmt::format("there are only {} such mails", found.size()));
    }
    const auto& mail = found.back().content;
    if (!given.html_file.empty()) return write_html(given.html_file, mail);
    if (given.raw) {
        std::cout << read_mail_file(found.back().file);
        return;
    }
    table rows;
    for (const auto* name : {"Date", "From", "To", "Subject", "List-Unsubscribe", "Message-ID"}) {
        if (auto value = mail.header(name); !value.empty()) rows.push_back({std::string(name) + ":", value});
    }
    print_table(rows);
    std::cout << '\n';
    print_lines(mail.text.empty() ? "(no text part; --html FILE writes the HTML part)" : mail.text);
}

void add_mailbox_options(CLI::App& command, mail_options& given) {
    command.add_option("--mailbox", given.mailbox, "Folder of mails; else `mailbox` in the data folder")
        ->type_name("DIR");
    command.add_option("--to", given.to, "Only mails to this address");
    given.configuration.add_to(command);
}

template <class Body>
void run_on_mails(CLI::App& command, action& chosen, std::shared_ptr<mail_options> given, Body body) {
    command.callback([&command, &chosen, given, body] {
        chosen = [&command, given, body] { return run_client([&] { body(*given, command); }); };
    });
}

}  // namespace

void add_mail(CLI::App& cli, action& chosen) {
    auto* mail = cli.add_subcommand("mail", "The mails of an embedded system, which sends none");
    mail->require_subcommand(1);

    auto* listing = mail->add_subcommand("list", "The mails, newest first");
    auto wanted = std::make_shared<mail_options>();
    listing->add_option("-n,--limit", wanted->limit, "How many at most")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->type_name("N");
    listing->add_flag("--json", wanted->as_json, "A line of JSON a mail");
    add_mailbox_options(*listing, *wanted);
    listing->footer("Examples:\n  esm mail list\n  esm mail list --to ada@example.org --data ./esm-data");
    run_on_mails(*listing, chosen, wanted, list);

    auto* one = mail->add_subcommand("show", "Show a mail: the headers that matter and its text");
    auto asked = std::make_shared<mail_options>();
    one->add_option("n", asked->number, "Which one, as `esm mail list` counts; 1 is the newest")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->type_name("N");
    one->add_option("--html", asked->html_file, "Write its HTML part there, for a browser")
        ->type_name("FILE");
    one->add_flag("--raw", asked->raw, "The mail as it is stored");
    add_mailbox_options(*one, *asked);
    one->footer(
        "Examples:\n  esm mail show\n  esm mail show --to ada@example.org\n"
        "  esm mail show 3 --html mail.html && xdg-open mail.html"
    );
    run_on_mails(*one, chosen, asked, show);
    mail->footer("Examples:\n  esm mail list\n  esm mail show\n  esm mail COMMAND --help");
}

}  // namespace esm::app
