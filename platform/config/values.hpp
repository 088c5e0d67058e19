// The effective configuration: flag > ESM_<SECTION>_<NAME> environment > TOML file > default. Checked whole
// at start: unknown keys are refused with the nearest known name, values against type and bounds.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/property.hpp"

namespace esm::config {

// Every problem found, one a line, each naming the key and where it came from.
class invalid_configuration : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class values {
public:
    // Keys are "tasks.db_url". They throw std::logic_error for a key that was not declared.
    const std::string& get_string(std::string_view key) const;
    std::int64_t get_int(std::string_view key) const;
    bool get_bool(std::string_view key) const;
    std::vector<std::string> get_list(std::string_view key) const;  // comma separated, trimmed
    bool is_default(std::string_view key) const;

    // Changes a value before services read it (embedded defaults, port offset).
    void set(std::string_view key, std::string value, std::string_view origin);

    struct entry {
        property declared;
        std::string value;
        std::string
            origin;  // "default", "file esm.toml", "environment ESM_TASKS_DB_URL", "flag --tasks.db-url"
    };
    const std::map<std::string, entry, std::less<>>& entries() const { return entries_; }

private:
    friend class loader;
    std::map<std::string, entry, std::less<>> entries_;
};

struct sources {
    std::string file;                                              // TOML path; empty: none
    std::vector<std::pair<std::string, std::string>> environment;  // all variables; only ESM_… count
    std::vector<std::pair<std::string, std::string>> flags;  // "tasks.db-url" → value, without the leading --
};

class loader {
public:
    // A secret may be given by file: environment ESM_TASKS_DB_URL_FILE names it. Environment names in
    // `tools_own` (ESM_TEST_… and such) are passed over. Throws invalid_configuration.
    static values load(std::span<const property> declared, const sources& from);
};

// A duration as values are written, "500ms" or "5m"; nothing where it is none.
std::optional<std::chrono::milliseconds> read_duration(std::string_view text);

// "ESM_TASKS_DB_URL" and "--tasks.db-url" of a declared property.
std::string environment_name(const property& declared);
std::string flag_name(const property& declared);

// The value as people may see it: secrets as "***", passwords inside URLs too.
std::string redacted(const values::entry& shown);

// TOML text of everything effective, secrets redacted, the origin as a comment on each line.
std::string describe(const values& effective);

}  // namespace esm::config
