// `esm admin create`: the first administrator. There is never a default password: it is read from the
// terminal or standard input, never from the arguments. `esm admin rotate-keys`: the next key to sign tokens.
#include <iostream>

#include "app/api_client.hpp"
#include "app/commands.hpp"
#include "app/process.hpp"
#include "app/terminal.hpp"
#include "platform/observe/log.hpp"
#include "services/users/registration.hpp"

namespace esm::app {

namespace {

void print_error(const error& problem) {
    std::cerr << fmt::format("esm: {}\n", problem.detail.empty() ? info(problem.code).title : problem.detail);
    for (const auto& each : problem.fields) {
        std::cerr << fmt::format("  {}: {}\n", each.pointer.substr(1), each.message);
    }
}

awaitable<result<users::user>> enroll(users_host& host, users::registration given) {
    const context ctx{{}, deadline_in(std::chrono::seconds(30)), {}};
    auto& registering = host.service().registering();
    const auto ready = co_await registering.prepare(ctx, std::move(given), {"user", "admin"});
    if (!ready) co_return ready.error();
    const auto store = [&](db::transaction& tx) { return registering.store(ctx, tx, *ready); };
    co_return co_await host.around().database().transact(ctx.until, store);
}

int create(const esm::config::values& values, const std::string& username, const std::string& email) {
    observe::configure_logs({"esm", "warn", "text"});
    auto settings = values;
    if (settings.get_list("auth.jwks_urls").empty())
        settings.set("auth.jwks_urls", "http://localhost", "admin");
    process wired(settings, {"users"});
    auto* host = dynamic_cast<users_host*>(wired.find("users"));
    const std::atomic<bool> never{false};
    host->around().migrate(host->migrations(), never);

    const auto given = users::decode_registration(
        {{"username", username},
         {"email", email},
         {"password", ask_secret("Password: ")},
         {"firstName", "Administrator"},
         {"lastName", username}}
    );
    const auto created =
        given ? wired.shared().runtime.block_on(enroll(*host, *given)) : result<users::user>(given.error());
    if (!created) {
        print_error(created.error());
        return 1;
    }
    std::cout << fmt::format(
        "administrator {} created with userId {}\n", created->username, created->user_id
    );
    return 0;
}

void rotate_keys(bool as_json) {
    const auto answer = api_client().call(api::auth, "POST", "/auth/keys/rotate");
    if (as_json) {
        std::cout << boost::json::serialize(answer) << '\n';
    } else {
        std::cout << "a new key is published; it signs once every service can know it\n";
    }
}

void add_rotate_keys(CLI::App& admin, action& chosen) {
    auto* command = admin.add_subcommand("rotate-keys", "Publish the next key that signs tokens");
    auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "As the service answers");
    command->footer("Example:\n  esm admin rotate-keys\nAfter `esm login` as an administrator.");
    command->callback([as_json, &chosen] {
        chosen = [as_json] { return run_client([&] { rotate_keys(*as_json); }); };
    });
}

}  // namespace

void add_admin(CLI::App& cli, action& chosen) {
    auto* admin = cli.add_subcommand("admin", "Administrators");
    admin->require_subcommand(1);
    add_rotate_keys(*admin, chosen);
    auto* command = admin->add_subcommand("create", "Create an administrator; the password is asked for");
    auto username = std::make_shared<std::string>();
    auto email = std::make_shared<std::string>();
    auto options = std::make_shared<configuration_options>();
    command->add_option("username", *username, "3 to 20 letters, digits, _ or -")->required();
    command->add_option("--email", *email, "E-mail address")->required();
    options->add_to(*command);
    command->footer(
        "Examples:\n"
        "  esm admin create root --email root@example.org\n"
        "  pass show esm | esm admin create root --email root@example.org\n"
        "An embedded system has to be stopped for it; a clustered one need not."
    );
    command->callback([=, &chosen] {
        chosen = [=] { return create(options->load(*command), *username, *email); };
    });
}

}  // namespace esm::app
