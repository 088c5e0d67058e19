// The parts of `esm notifications`, a file each.
#pragma once

#include <CLI/CLI.hpp>

#include "app/commands.hpp"

namespace esm::app {

void add_notifications_templates(CLI::App& notifications, action& chosen);
// list, show, tail, resend
void add_notifications_log(CLI::App& notifications, action& chosen);
void add_notifications_dead_letters(CLI::App& notifications, action& chosen);

}  // namespace esm::app
