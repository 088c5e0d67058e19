// One TOML configuration file as keys and texts. Private to platform/config.
#pragma once

#include <string>
#include <vector>

namespace esm::config {

struct file_value {
    std::string key;  // "tasks.db_url"
    std::string text;
    bool is_list{false};
    unsigned line{0};
};

struct file_content {
    std::vector<file_value> values;
    std::vector<std::string> problems;
};

// Reads `[section]` tables of plain values and lists of them; everything else, and a file that cannot be read
// or parsed, is a problem.
file_content read_toml(const std::string& path);

}  // namespace esm::config
