// One declared configuration key (config.yaml): the source of flags, environment names, checks and the
// reference page.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace esm::config {

enum class type : std::uint8_t { string, integer, boolean, duration_ms, size_bytes, string_list };

struct property {
    std::string_view section;  // "tasks"
    std::string_view name;     // "db_url"
    config::type type{config::type::string};
    std::string_view default_value;
    std::optional<std::int64_t> minimum, maximum;
    std::string_view unit;
    bool secret{false};
    std::string_view example;
    std::string_view description;
};

}  // namespace esm::config
