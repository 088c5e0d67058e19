// Everything that can be configured, of all services: one table for loading, printing and documenting.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "platform/config/values.hpp"
#include "platform/grpc/peer.hpp"

namespace esm::app {

std::span<const esm::config::property> all_properties();

// What the command line gave about configuration.
struct configuration_arguments {
    std::string file;                                        // --config
    std::vector<std::pair<std::string, std::string>> flags;  // "tasks.db-url" or "tasks.db_url" → value
};

// Throws config::invalid_configuration.
esm::config::values load_settings(const configuration_arguments& given);

// The certificate for gRPC; nothing where none is configured. Throws config::invalid_configuration when only
// some of the three files are given.
grpc_client::tls_files grpc_tls_files(const config& settings);

}  // namespace esm::app
