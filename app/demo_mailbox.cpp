// See demo_mailbox.hpp.
#include "app/demo_mailbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace esm::app {

std::vector<stored_mail> mails_to(const std::string& folder, const std::string& address) {
    std::vector<stored_mail> mails;
    auto files = list_mails(folder).value_or(std::vector<std::filesystem::path>());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        auto mail = parse_mail(read_mail_file(file));
        if (mail.header("To").find(address) != std::string::npos) mails.push_back(std::move(mail));
    }
    return mails;
}

void print_mails(const std::vector<stored_mail>& mails) {
    for (const auto& mail : mails) {
        std::cout << fmt::format(
            "\n     From: {}\n     To: {}\n     Subject: {}\n\n",
            mail.header("From"),
            mail.header("To"),
            mail.header("Subject")
        );
        std::istringstream lines(mail.text);
        for (std::string line; std::getline(lines, line);) std::cout << "     | " << line << '\n';
    }
    std::cout << '\n';
}

}  // namespace esm::app
