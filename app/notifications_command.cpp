// `esm notifications …`: the parent of its commands, which stand in files of their own.
#include "app/notifications_commands.hpp"

namespace esm::app {

void add_notifications(CLI::App& cli, action& chosen) {
    auto* notifications = cli.add_subcommand("notifications", "What was sent to whom, and the texts of it");
    notifications->require_subcommand(1);
    add_notifications_log(*notifications, chosen);
    add_notifications_dead_letters(*notifications, chosen);
    add_notifications_templates(*notifications, chosen);
    notifications->footer(
        "Examples:\n  esm notifications tail\n  esm notifications templates list\n  esm notifications "
        "COMMAND --help"
    );
}

}  // namespace esm::app
