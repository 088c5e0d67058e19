// Who is logged in on this machine, for the client commands: one JSON file of the person's own, in
// $XDG_CONFIG_HOME/esm (else ~/.config/esm), readable by nobody else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace esm::app {

struct stored_login {
    std::string users_url, auth_url, tasks_url, notifications_url;  // without a trailing slash
    std::string username;
    std::string access_token, refresh_token;
    std::int64_t expires_at_s{0};  // of the access token
    // Says to the server that its owner has logged in from here before; kept over a logout. May be empty.
    std::string device_token;
};

namespace token_file {

// Throws std::runtime_error where neither XDG_CONFIG_HOME nor HOME is set.
std::filesystem::path path();

// Nothing where nobody is logged in. Throws where the file is readable by others or no such file.
std::optional<stored_login> load();

// In one step: a reader sees the old or the new file.
void save(const stored_login& kept);

// Held while tokens are exchanged, so that two commands at once make one successor of a refresh token.
class lock {
public:
    lock();
    ~lock();
    lock(const lock&) = delete;
    lock& operator=(const lock&) = delete;

private:
    int file_{-1};
};

}  // namespace token_file

}  // namespace esm::app
