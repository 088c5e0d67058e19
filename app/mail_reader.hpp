// Mails in a folder of .eml files, read as people read them: headers unfolded and decoded (RFC 2047), texts
// out of their parts and encodings (RFC 2045, 2046). Pure, but for the folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esm::app {

struct stored_mail {
    std::vector<std::pair<std::string, std::string>> headers;  // decoded, in their order
    std::string text, html;                                    // UTF-8; empty where there is no such part

    // The first one of the name, in any case; empty where there is none.
    std::string header(std::string_view name) const;
};

// Never fails: what has not the form of a mail has few headers.
stored_mail parse_mail(std::string_view raw);

// Throws std::runtime_error where the file cannot be read.
std::string read_mail_file(const std::filesystem::path& file);

// The files of mails, newest first; those that are just being written are passed over. Nothing where there is
// no such folder.
std::optional<std::vector<std::filesystem::path>> list_mails(const std::filesystem::path& folder);

}  // namespace esm::app
