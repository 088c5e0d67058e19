// `esm users …`: searching, reading, locking and the roles of accounts, for administrators.
#include <fmt/format.h>

#include <iostream>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/paged_list.hpp"
#include "app/terminal.hpp"
#include "platform/http/text.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using table = std::vector<std::vector<std::string>>;

struct list_options : page_options {
    std::string q, role, state, created_after, created_before;  // of users
    std::string subject, actor, action;                         // of the audit
};

bool is_id(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The id of an account given as such, or by its username or e-mail address: whole names come before longer
// ones.
std::string find_id(api_client& client, const std::string& given) {
    if (is_id(given)) return given;
    const auto answer = client.call(api::users, "GET", "/users?limit=1&q=" + http::percent_encode(given));
    const auto wanted = http::lower_case(given);
    for (const auto& each : answer.as_object().at("users").as_array()) {
        const auto& user = each.as_object();
        if (http::lower_case(shown(user, "username")) == wanted ||
            http::lower_case(shown(user, "email")) == wanted) {
            return shown(user, "userId");
        }
    }
    throw client_failed(client_exit::refused, fmt::format("no account is called {}", given));
}

table user_rows(const bj::array& users) {
    table rows;
    for (const auto& each : users) {
        const auto& user = each.as_object();
        auto& row = rows.emplace_back();
        for (const auto* name : {"userId", "username", "email", "state", "roles", "createdAt"}) {
            row.push_back(shown(user, name));
        }
    }
    return rows;
}

table audit_rows(const bj::array& entries) {
    table rows;
    for (const auto& each : entries) {
        const auto& entry = each.as_object();
        auto actor = shown(entry, "actorId");
        if (actor.empty()) actor = shown(entry, "clientId");
        rows.push_back(
            {shown(entry, "at"),
             actor,
             shown(entry, "action"),
             shown(entry, "subjectId"),
             shown(entry, "details")}
        );
    }
    return rows;
}

void list_users(const list_options& given) {
    std::string path = "/users";
    add_parameter(path, "q", given.q);
    add_parameter(path, "role", given.role);
    add_parameter(path, "state", given.state);
    add_parameter(path, "createdAfter", given.created_after);
    add_parameter(path, "createdBefore", given.created_before);
    print_pages(
        {api::users, path, "users", {"ID", "USERNAME", "E-MAIL", "STATE", "ROLES", "CREATED"}, user_rows},
        given
    );
}

void list_audit(const list_options& given) {
    std::string path = "/users/audit";
    add_parameter(path, "subject", given.subject);
    add_parameter(path, "actor", given.actor);
    add_parameter(path, "action", given.action);
    print_pages(
        {api::users, path, "entries", {"AT", "ACTOR", "ACTION", "SUBJECT", "DETAILS"}, audit_rows}, given
    );
}

void print_user(const bj::value& answer, bool as_json) {
    if (as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    table rows;
    for (const auto& member : answer.as_object().at("user").as_object()) {
        rows.push_back(
            {std::string(member.key()), shown(answer.as_object().at("user").as_object(), member.key())}
        );
    }
    print_table(rows);
}

// What the commands about one account have in common.
struct one_user {
    std::string who;
    std::string reason;
    std::vector<std::string> roles;
    bool as_json{false};
};

using body_maker = bj::object (*)(const one_user& given);

bj::object no_body(const one_user&) {
    return {};
}
bj::object reason_body(const one_user& given) {
    if (given.reason.empty()) return {};
    return {{"reason", given.reason}};
}
bj::object roles_body(const one_user& given) {
    return {{"roles", bj::value_from(given.roles)}};
}

void act(const one_user& given, std::string_view method, std::string_view verb, body_maker make_body) {
    api_client client;
    const auto body = make_body(given);
    const auto path = fmt::format("/users/{}{}", find_id(client, given.who), verb);
    print_user(client.call(api::users, method, path, method == "GET" ? nullptr : &body), given.as_json);
}

struct user_command {
    const char* name;
    const char* help;
    const char* example;
    const char* method;
    const char* verb;
    body_maker make_body;
};

void add_user_command(CLI::App& users, action& chosen, const user_command& what) {
    auto* command = users.add_subcommand(what.name, what.help);
    auto given = std::make_shared<one_user>();
    command->add_option("who", given->who, "Id, username or e-mail address")->required();
    if (what.make_body == reason_body) {
        command->add_option("--reason", given->reason, "Kept in the audit");
    }
    if (what.make_body == roles_body) {
        command->add_option("roles", given->roles, "All roles of the account from now on: user, admin")
            ->required();
    }
    command->add_flag("--json", given->as_json, "As the service answers");
    command->footer(fmt::format("Example:\n  esm users {} {}", what.name, what.example));
    command->callback([given, what, &chosen] {
        chosen = [given, what] {
            return run_client([&] { act(*given, what.method, what.verb, what.make_body); });
        };
    });
}

void add_reset_second_factor(CLI::App& users, action& chosen) {
    auto* command = users.add_subcommand(
        "reset-second-factor", "Take away the second factor of somebody who lost it; their sessions end"
    );
    auto who = std::make_shared<std::string>();
    command->add_option("who", *who, "Id, username or e-mail address")->required();
    command->footer(
        "Make sure first who asks: the password alone opens the account then.\n\n"
        "Example:\n  esm users reset-second-factor ada"
    );
    command->callback([who, &chosen] {
        chosen = [who] {
            return run_client([&] {
                api_client client;
                const auto id = find_id(client, *who);
                client.call(api::auth, "DELETE", "/auth/mfa/users/" + id);
                std::cout << fmt::format("{} has no second factor any more\n", *who);
            });
        };
    });
}

void add_lists(CLI::App& users, action& chosen) {
    auto* list = users.add_subcommand("list", "Search accounts");
    auto given = std::make_shared<list_options>();
    list->add_option("--q", given->q, "How the username or e-mail address begins");
    list->add_option("--role", given->role, "user or admin");
    list->add_option("--state", given->state, "active or locked");
    list->add_option("--created-after", given->created_after, "RFC 3339, as in 2026-01-31T00:00:00Z");
    list->add_option("--created-before", given->created_before, "RFC 3339");
    add_page_options(*list, *given);
    list->footer(
        "Examples:\n  esm users list --q ada\n  esm users list --state locked --all --json | jq -r "
        "'.users[].email'"
    );
    list->callback([given, &chosen] { chosen = [given] { return run_client([&] { list_users(*given); }); }; }
    );

    auto* audit = users.add_subcommand("audit", "Who did what to whom, newest first");
    auto wanted = std::make_shared<list_options>();
    audit->add_option("--subject", wanted->subject, "Only what was done to this user id");
    audit->add_option("--actor", wanted->actor, "Only what this user id did");
    audit->add_option("--action", wanted->action, "Only this action, as in user.locked");
    add_page_options(*audit, *wanted);
    audit->footer("Examples:\n  esm users audit --subject 1000\n  esm users audit --action user.locked --json"
    );
    audit->callback([wanted, &chosen] {
        chosen = [wanted] { return run_client([&] { list_audit(*wanted); }); };
    });
}

}  // namespace

void add_users(CLI::App& cli, action& chosen) {
    auto* users = cli.add_subcommand("users", "Accounts, for administrators: search, lock, roles, audit");
    users->require_subcommand(1);
    add_lists(*users, chosen);
    for (const auto& each : {
             user_command{"get", "Show an account", "ada", "GET", "", no_body},
             {"lock",
              "Lock an account: its sessions end, nobody logs in to it",
              "ada --reason \"asked by phone\"",
              "POST",
              "/lock",
              reason_body},
             {"unlock", "Unlock an account", "ada", "POST", "/unlock", no_body},
             {"set-roles",
              "Replace the roles of an account; its sessions end",
              "ada user admin",
              "PUT",
              "/roles",
              roles_body},
         }) {
        add_user_command(*users, chosen, each);
    }
    add_reset_second_factor(*users, chosen);
    users->footer("Examples:\n  esm users list --q ada\n  esm users lock ada\n  esm users COMMAND --help");
}

}  // namespace esm::app
