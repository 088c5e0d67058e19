// Mails in a folder of .eml files, as the demo shows them.
#pragma once

#include <string>
#include <vector>

namespace esm::app {

struct received_mail {
    std::string from, to, subject;
    std::string text;  // the text/plain part, decoded
};

// Oldest first; files that are just being written are passed over.
std::vector<received_mail> mails_to(const std::string& folder, const std::string& address);

void print_mails(const std::vector<received_mail>& mails);

}  // namespace esm::app
