// What commands ask of a person at the terminal, or read from standard input where there is none, and how
// they show texts that came from elsewhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace esm::app {

// One line. The prompt goes to standard error, and only to a terminal.
std::string ask(std::string_view prompt);
// The same without showing what is typed.
std::string ask_secret(std::string_view prompt);

// Without control characters: nobody's name may move the cursor of an administrator's terminal.
std::string harmless(std::string_view text);
// The same of several lines, on standard output.
void print_lines(std::string_view text);

// On standard error, where `secret` would travel to another machine unencrypted.
void warn_of_clear_text(const std::string& url, std::string_view secret);

// Rows in columns as wide as their widest text; the first row is the head.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace esm::app
