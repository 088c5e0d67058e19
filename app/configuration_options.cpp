// Options of every command that reads configuration; see commands.hpp.
#include "app/commands.hpp"

namespace esm::app {

namespace {

// "--tasks.db-url" → "tasks.db_url".
std::string key_of_flag(std::string_view flag) {
    std::string key(flag.substr(flag.find_first_not_of('-')));
    std::replace(key.begin(), key.end(), '-', '_');
    return key;
}

std::vector<std::pair<std::string, std::string>> read_flags(const std::vector<std::string>& extras) {
    std::vector<std::pair<std::string, std::string>> flags;
    for (std::size_t i = 0; i < extras.size(); ++i) {
        const auto& each = extras[i];
        if (each.rfind("--", 0) != 0 || each.find('.') == std::string::npos) {
            throw esm::config::invalid_configuration(fmt::format(
                "{}: not known here; configuration keys are given as --section.name VALUE (see `esm config "
                "--keys`)",
                each
            ));
        }
        const auto equals = each.find('=');
        if (equals != std::string::npos) {
            flags.emplace_back(key_of_flag(each.substr(0, equals)), each.substr(equals + 1));
        } else if (i + 1 < extras.size()) {
            flags.emplace_back(key_of_flag(each), extras[++i]);
        } else {
            throw esm::config::invalid_configuration(each + ": needs a value");
        }
    }
    return flags;
}

}  // namespace

void configuration_options::add_to(CLI::App& command) {
    command.add_option("--config", file, "TOML file; see docs/configuration.md")->type_name("FILE");
    command.add_option("--data", data, "Data folder (system.data_dir)")->type_name("DIR");
    command.add_option("--port-offset", port_offset, "Added to every port (system.port_offset)")
        ->type_name("N");
    command.allow_extras();
}

esm::config::values configuration_options::load(const CLI::App& command) const {
    configuration_arguments given{file, read_flags(command.remaining())};
    if (!data.empty()) given.flags.emplace_back("system.data_dir", data);
    if (!port_offset.empty()) given.flags.emplace_back("system.port_offset", port_offset);
    return load_settings(given);
}

}  // namespace esm::app
