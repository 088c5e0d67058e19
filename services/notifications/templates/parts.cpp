// See parts.hpp.
#include "services/notifications/templates/parts.hpp"

#include <algorithm>
#include <array>

namespace esm::notifications {

namespace {

constexpr std::size_t kib = 1024;

// Rows of one channel stand together.
constexpr std::array<part_rule, 8> table{{
    {.channel = "email", .name = "subject", .characters_max = 200, .one_line = true},
    {.channel = "email", .name = "text", .bytes_max = 64 * kib},
    {.channel = "email", .name = "html", .bytes_max = 128 * kib, .is_html = true},
    {.channel = "sms", .name = "text", .characters_max = 1600},
    {.channel = "push", .name = "title", .characters_max = 200, .one_line = true},
    {.channel = "push", .name = "body", .characters_max = 2000},
    {.channel = "in_app", .name = "title", .characters_max = 200, .one_line = true},
    {.channel = "in_app", .name = "body", .characters_max = 2000},
}};

}  // namespace

std::span<const part_rule> all_parts() {
    return table;
}

std::span<const part_rule> parts_of(std::string_view channel) {
    const auto is_of = [&](const part_rule& each) { return each.channel == channel; };
    const auto first = std::find_if(table.begin(), table.end(), is_of);
    return {first, std::find_if_not(first, table.end(), is_of)};
}

const part_rule* find_part(std::string_view channel, std::string_view name) {
    for (const auto& each : parts_of(channel)) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

std::string list_parts(std::string_view channel) {
    const auto parts = parts_of(channel);
    std::string listed;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) listed += i + 1 == parts.size() ? " and " : ", ";
        listed += parts[i].name;
    }
    return listed;
}

}  // namespace esm::notifications
