// `esm api-keys …`: personal access tokens of the account that is logged in.
#include <fmt/format.h>

#include <iostream>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/terminal.hpp"
#include "platform/base/clock.hpp"
#include "platform/http/text.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

struct key_options {
    std::string name;
    std::vector<std::string> scopes;
    int days{90};
    std::string id;
    bool as_json{false};
};

constexpr std::int64_t day_us = 24LL * 3600 * 1'000'000;

void create_key(const key_options& given) {
    const bj::object body{
        {"name", given.name},
        {"scopes", bj::value_from(given.scopes)},
        {"expiresAt", format_instant(now_us() + given.days * day_us)},
    };
    const auto answer = api_client().call(api::auth, "POST", "/auth/api-keys", &body);
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    std::cerr << "Keep it safe: it is shown this once.\n";
    std::cout << shown(answer.as_object().at("apiKey").as_object(), "token") << '\n';
}

void list_keys(const key_options& given) {
    api_client client;
    std::string cursor;
    std::vector<std::vector<std::string>> rows{{"ID", "NAME", "SCOPES", "EXPIRES", "LAST USED"}};
    do {
        std::string path = "/auth/api-keys";
        add_parameter(path, "cursor", cursor);
        const auto answer = client.call(api::auth, "GET", path);
        const auto& page = answer.as_object();
        cursor = shown(page, "nextCursor");
        if (given.as_json) std::cout << bj::serialize(page) << '\n';
        for (const auto& each : page.at("apiKeys").as_array()) {
            auto& row = rows.emplace_back();
            for (const auto* name : {"apiKeyId", "name", "scopes", "expiresAt", "lastUsedAt"}) {
                row.push_back(shown(each.as_object(), name));
            }
        }
    } while (!cursor.empty());
    if (!given.as_json) print_table(rows);
}

void revoke_key(const key_options& given) {
    api_client().call(api::auth, "DELETE", "/auth/api-keys/" + http::percent_encode(given.id));
    std::cout << "revoked\n";
}

using key_action = void (*)(const key_options& given);

void run_on(CLI::App& command, action& chosen, const std::shared_ptr<key_options>& given, key_action run) {
    command.callback([given, run, &chosen] {
        chosen = [given, run] { return run_client([&] { run(*given); }); };
    });
}

}  // namespace

void add_api_keys(CLI::App& cli, action& chosen) {
    auto* keys = cli.add_subcommand("api-keys", "API keys of your account, for programs that act as you");
    keys->require_subcommand(1);
    auto given = std::make_shared<key_options>();

    auto* create = keys->add_subcommand("create", "Make a key and print it");
    create->add_option("name", given->name, "What it is for")->required();
    create->add_option("--scope", given->scopes, "What it may do, as in tasks:read; repeat for more")
        ->required();
    create->add_option("--days", given->days, "How long it is valid")
        ->check(CLI::Range(1, 366))
        ->capture_default_str();
    create->add_flag("--json", given->as_json, "As the service answers");
    create->footer("Example:\n  esm api-keys create ci --scope tasks:read --scope tasks:write --days 30");
    run_on(*create, chosen, given, create_key);

    auto* list = keys->add_subcommand("list", "List your keys");
    list->add_flag("--json", given->as_json, "As the service answers, one page a line");
    list->footer("Example:\n  esm api-keys list");
    run_on(*list, chosen, given, list_keys);

    auto* revoke = keys->add_subcommand("revoke", "Revoke a key: it stops working everywhere at once");
    revoke->add_option("id", given->id, "As `esm api-keys list` shows it")->required();
    revoke->footer("Example:\n  esm api-keys revoke ID");
    run_on(*revoke, chosen, given, revoke_key);
    keys->footer(
        "Examples:\n  esm api-keys create ci --scope tasks:read\n  esm api-keys list\n  esm api-keys revoke "
        "ID"
    );
}

}  // namespace esm::app
