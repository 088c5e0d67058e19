// See settings.hpp.
#include "app/settings.hpp"

#include <unistd.h>

#include <cstring>

#include "services/auth/config.hpp"
#include "services/notifications/config.hpp"
#include "services/tasks/config.hpp"
#include "services/users/config.hpp"

namespace esm::app {

namespace {

template <class... Tables>
std::vector<esm::config::property> concatenate(const Tables&... tables) {
    std::vector<esm::config::property> all;
    (all.insert(all.end(), tables.begin(), tables.end()), ...);
    return all;
}

std::vector<std::pair<std::string, std::string>> environment_variables() {
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** each = environ; *each != nullptr; ++each) {
        const char* const equals = std::strchr(*each, '=');
        if (equals != nullptr)
            variables.emplace_back(
                std::string(static_cast<const char*>(*each), equals), std::string(equals + 1)
            );
    }
    return variables;
}

}  // namespace

std::span<const esm::config::property> all_properties() {
    static const auto all = concatenate(
        properties, users::properties, auth::properties, tasks::properties, notifications::properties
    );
    return all;
}

esm::config::values load_settings(const configuration_arguments& given) {
    return esm::config::loader::load(all_properties(), {given.file, environment_variables(), given.flags});
}

grpc_client::tls_files grpc_tls_files(const config& settings) {
    const bool any =
        !settings.grpc_cert_file.empty() || !settings.grpc_key_file.empty() || !settings.grpc_ca_file.empty();
    const bool all =
        !settings.grpc_cert_file.empty() && !settings.grpc_key_file.empty() && !settings.grpc_ca_file.empty();
    if (any != all) {
        throw esm::config::invalid_configuration(
            "system.grpc_cert_file, system.grpc_key_file and system.grpc_ca_file go together; `esm certs` "
            "makes them"
        );
    }
    return {settings.grpc_cert_file, settings.grpc_key_file, settings.grpc_ca_file};
}

}  // namespace esm::app
