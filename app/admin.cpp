// `esm admin create`: the first administrator. There is never a default password: it is read from the
// terminal or standard input, never from the arguments.
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "app/commands.hpp"
#include "app/process.hpp"
#include "platform/observe/log.hpp"
#include "services/users/registration.hpp"

namespace esm::app {

namespace {

// Hides what is typed as long as it lives.
class no_echo {
public:
    no_echo() {
        hidden_ = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &before_) == 0;
        if (!hidden_) return;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~no_echo() {
        if (hidden_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    bool on_terminal() const { return hidden_; }

private:
    termios before_{};
    bool hidden_{false};
};

std::string read_password() {
    const no_echo quiet;
    if (quiet.on_terminal()) std::cerr << "Password: ";
    std::string password;
    std::getline(std::cin, password);
    if (quiet.on_terminal()) std::cerr << '\n';
    return password;
}

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
         {"password", read_password()},
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

}  // namespace

void add_admin(CLI::App& cli, action& chosen) {
    auto* admin = cli.add_subcommand("admin", "Administrators");
    admin->require_subcommand(1);
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
