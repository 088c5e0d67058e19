// The templates that come with the program, from shipped/*.mustache: English and German for every event of
// event_fields.hpp. Made once, live as long as the process.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "services/notifications/templates/message_template.hpp"

namespace esm::notifications {

// A file as it is embedded, under the name it has in shipped/.
struct shipped_file {
    std::string_view name;
    std::string_view text;
};

std::span<const shipped_file> shipped_files();

std::span<const std::shared_ptr<const message_template>> shipped_templates();

}  // namespace esm::notifications
