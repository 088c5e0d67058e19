// What a template consists of on each channel, and how large it may be. A table in code; lives as long as the
// process.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace esm::notifications {

// A template's texts by the name of the part: "subject", "text", "html" for email.
using part_texts = std::map<std::string, std::string, std::less<>>;

struct part_rule {
    std::string_view channel, name;
    std::size_t bytes_max{0};       // of the template; 0: not limited in bytes
    std::size_t characters_max{0};  // of the template and of what it renders to; 0: not limited
    bool one_line{false};
    bool is_html{false};
};

// In the order in which template files have them.
std::span<const part_rule> all_parts();

// Empty for a channel without templates, as for webhooks.
std::span<const part_rule> parts_of(std::string_view channel);

// nullptr where the channel has no such part.
const part_rule* find_part(std::string_view channel, std::string_view name);

// "subject, text and html", for messages.
std::string list_parts(std::string_view channel);

}  // namespace esm::notifications
