// Brings a folder of template files to the notification service: what of it differs from what is in force,
// what is wrong with it and where, and the changes themselves. Lives as long as one command.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/api_client.hpp"
#include "services/notifications/templates/template_file.hpp"

namespace esm::app {

// "/notifications/templates/task.completed.v1/email/de".
std::string template_path(std::string_view event_type, std::string_view channel, std::string_view locale);

// A whole file. Throws client_failed where it cannot be read.
std::string read_text_file(const std::filesystem::path& path);

// The parts of {"template": …} or of what is sent, as files have them: line ends are LF.
notifications::part_texts parts_in(const boost::json::object& shown);
boost::json::object parts_body(const notifications::part_texts& parts);

// The channels that a file has parts of, in their order there.
std::vector<std::string> channels_of(const std::vector<notifications::file_part>& parts);

// What a refusal says of a file's texts, as "FILE:LINE:COLUMN: message" each; the refusal's own words where
// it names no place.
std::vector<std::string> places_of(
    const http_answer& refusal,
    const std::string& file,
    const std::string& channel,
    const std::vector<notifications::file_part>& parts
);

class template_push {
public:
    explicit template_push(api_client& client) : client_(client) {}

    // Reads each *.mustache of the folder and has the service check what differs. Throws client_failed where
    // the service cannot be asked or the folder not be read.
    void read(const std::filesystem::path& folder);

    const std::vector<std::string>& problems() const { return problems_; }
    bool has_changes() const { return !changes_.empty(); }

    // What would change or is changed, a line each on standard output. Those that are refused now, since
    // somebody else was faster, are added to the problems.
    void show() const;
    void send();

private:
    struct change {
        std::string file, channel;
        notifications::file_name name;
        std::vector<notifications::file_part> parts;  // of the whole file
        std::string etag;                             // of what is in force; empty: nothing
    };

    void read_file(const std::filesystem::path& path);
    void compare(change candidate);

    api_client& client_;
    std::vector<std::string> seen_;  // names of files, in their normal case
    std::vector<std::string> problems_;
    std::vector<change> changes_;
};

}  // namespace esm::app
