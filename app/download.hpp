// Fetches a file of a service as the user who is logged in, for client commands.
#pragma once

#include <filesystem>
#include <string>

#include "app/api_client.hpp"

namespace esm::app {

// Writes beside `place` first: it is whole or not there at all. `sha256` in hexadecimal is compared unless it
// is empty. Throws client_failed.
void download(
    api_client& client,
    api service,
    std::string_view path,
    const std::filesystem::path& place,
    const std::string& sha256
);

}  // namespace esm::app
