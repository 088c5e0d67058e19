// `esm login`, `esm logout` and `esm whoami`. The password is read from the terminal or standard input, never
// from the arguments.
#include <fmt/format.h>

#include <iostream>
#include <regex>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/terminal.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

constexpr int users_port = 5001;
constexpr int auth_port = 5004;
constexpr int tasks_port = 5002;
constexpr int notifications_port = 5003;

struct login_options {
    std::string url{"http://127.0.0.1"};
    int port_offset{0};
    std::string username;
};

struct service_urls {
    std::string users, auth, tasks, notifications;
};

// Without a port each service has its own; with one, a gateway at that port stands before all of them.
service_urls locate(const login_options& given) {
    static const std::regex form(R"((https?://)([^/?#@:\[]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?((?:/[^?#]*)?))"
    );
    std::smatch parts;
    if (!std::regex_match(given.url, parts, form)) {
        throw client_failed(
            client_exit::refused, fmt::format("{}: is no URL like http://host or https://host:443", given.url)
        );
    }
    std::string path = parts[4];
    while (path.ends_with('/')) path.pop_back();
    const auto host = parts[1].str() + parts[2].str();
    if (parts[3].matched || !path.empty()) {
        const auto gateway = host + parts[3].str() + path;
        return {gateway, gateway, gateway, gateway};
    }
    const auto at = [&](int port) { return fmt::format("{}:{}", host, port + given.port_offset); };
    return {at(users_port), at(auth_port), at(tasks_port), at(notifications_port)};
}

// The second step where the account has one: a code of the authenticator app, or a recovery code.
bj::value answer_challenge(const std::string& auth_url, const bj::object& challenge) {
    static const std::regex six_digits("[0-9]{6}");
    const auto code = ask("Code of your authenticator app, or a recovery code: ");
    const bool recovery = !std::regex_match(code, six_digits);
    const bj::object body{
        {"challengeId", shown(challenge, "challengeId")}, {recovery ? "recoveryCode" : "code", code}
    };
    return expect_success(send_json("POST", auth_url, "/auth/login/mfa", &body, {}), auth_url);
}

void log_in(const login_options& given) {
    const auto urls = locate(given);
    warn_of_clear_text(urls.auth, "password");
    const auto before = token_file::load();
    const auto username = given.username.empty() ? ask("Username or e-mail address: ") : given.username;
    bj::object body{
        {username.find('@') == std::string::npos ? "username" : "email", username},
        {"password", ask_secret("Password: ")},
    };
    const bool known_here = before && before->auth_url == urls.auth && before->username == username &&
                            !before->device_token.empty();
    if (known_here) body["deviceToken"] = before->device_token;
    auto answer = expect_success(send_json("POST", urls.auth, "/auth/login", &body, {}), urls.auth);
    const auto* second = answer.as_object().if_contains("mfaRequired");
    if (second != nullptr && *second == true) answer = answer_challenge(urls.auth, answer.as_object());

    const auto& tokens = answer.as_object();
    stored_login kept;
    kept.users_url = urls.users;
    kept.auth_url = urls.auth;
    kept.tasks_url = urls.tasks;
    kept.notifications_url = urls.notifications;
    kept.username = username;
    kept.access_token = shown(tokens, "accessToken");
    kept.refresh_token = shown(tokens, "refreshToken");
    kept.expires_at_s = end_of_token(tokens);
    kept.device_token = shown(tokens, "deviceToken");
    if (kept.device_token.empty() && known_here) kept.device_token = before->device_token;
    const token_file::lock exclusive;
    token_file::save(kept);
    std::cout << fmt::format("logged in as {}\n", harmless(username));
}

void log_out() {
    const token_file::lock exclusive;
    auto kept = token_file::load();
    if (!kept || kept->refresh_token.empty()) {
        std::cout << "nobody is logged in\n";
        return;
    }
    const bj::object body{{"refreshToken", kept->refresh_token}};
    expect_success(send_json("POST", kept->auth_url, "/auth/logout", &body, {}), kept->auth_url);
    kept->access_token.clear();
    kept->refresh_token.clear();
    kept->expires_at_s = 0;
    token_file::save(*kept);
    std::cout << "logged out\n";
}

void show_caller(bool as_json) {
    const auto answer = api_client().call(api::users, "GET", "/users/me");
    if (as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    const auto& user = answer.as_object().at("user").as_object();
    std::vector<std::vector<std::string>> rows;
    for (const auto* name :
         {"userId", "username", "email", "emailVerified", "firstName", "lastName", "roles"}) {
        rows.push_back({name, shown(user, name)});
    }
    print_table(rows);
}

}  // namespace

void add_login(CLI::App& cli, action& chosen) {
    auto* login =
        cli.add_subcommand("login", "Log in; the password is asked for, or read from standard input");
    auto given = std::make_shared<login_options>();
    login->add_option("--url", given->url, "http://host, or the URL of a gateway with its port")
        ->envname("ESM_URL")
        ->capture_default_str();
    login->add_option("--port-offset", given->port_offset, "As the system was started with")
        ->check(CLI::Range(0, 60000))
        ->type_name("N");
    login->add_option(
        "-u,--username", given->username, "Username or e-mail address; asked for where missing"
    );
    login->footer(
        "The tokens are kept in $XDG_CONFIG_HOME/esm/token.json (else ~/.config/esm), for you alone, and "
        "renewed\n"
        "by themselves.\n"
        "Examples:\n"
        "  esm login -u ada\n"
        "  esm login --url https://esm.example.org:443 -u ada\n"
        "  pass show esm | esm login -u ada\n"
        "Exit status: 0 done, 1 refused or not reached, 2 wrong command line, 3 not logged in; so with "
        "every\n"
        "command that talks to a server."
    );
    login->callback([given, &chosen] { chosen = [given] { return run_client([given] { log_in(*given); }); }; }
    );

    auto* logout = cli.add_subcommand("logout", "End the session and forget its tokens");
    logout->footer("Example:\n  esm logout");
    logout->callback([&chosen] { chosen = [] { return run_client(log_out); }; });

    auto* whoami = cli.add_subcommand("whoami", "Show the account that is logged in");
    auto as_json = std::make_shared<bool>(false);
    whoami->add_flag("--json", *as_json, "As the service answers");
    whoami->footer("Examples:\n  esm whoami\n  esm whoami --json | jq .user.roles");
    whoami->callback([as_json, &chosen] {
        chosen = [as_json] { return run_client([as_json] { show_caller(*as_json); }); };
    });
}

}  // namespace esm::app
