// Mails in a folder of .eml files, as the demo shows them.
#pragma once

#include <string>
#include <vector>

#include "app/mail_reader.hpp"

namespace esm::app {

// Oldest first.
std::vector<stored_mail> mails_to(const std::string& folder, const std::string& address);

void print_mails(const std::vector<stored_mail>& mails);

}  // namespace esm::app
