// The file store and its limits as the configuration says.
#pragma once

#include "platform/fetch/fetch.hpp"
#include "services/tasks/config.hpp"
#include "services/tasks/files/vault.hpp"

namespace esm::tasks {

// Throws std::runtime_error that names the setting that does not do.
std::unique_ptr<files::file_store> open_store(const config& settings);
vault_options read_vault_options(const config& settings);
// What URLs the task type file_upload may fetch. Throws likewise.
fetch::rules read_fetch_rules(const config& settings);

}  // namespace esm::tasks
