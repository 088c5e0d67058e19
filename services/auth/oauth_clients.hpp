// OAuth clients: services and workers with credentials of their own (RFC 6749 section 2). Secrets are 32
// random bytes, stored as SHA-256. What was read is kept for half a second, since every token request asks.
#pragma once

#include <mutex>
#include <set>
#include <unordered_map>

#include "platform/db/database.hpp"
#include "services/auth/end_sessions.hpp"

namespace esm::auth {

struct oauth_client {
    std::string client_id;
    std::string name;
    std::string secret_hash;
    std::vector<std::string> scopes;
    instant_us created_at{0};
    std::int64_t version{1};
};

struct made_client {
    oauth_client client;
    std::string secret;
};

// Every scope a client can be given.
const std::vector<std::string>& client_scopes();

class oauth_clients {
public:
    oauth_clients(db::database& database, const end_sessions& ending)
        : database_(database), ending_(ending) {}

    made_client create(
        const context& ctx, db::transaction& tx, std::string name, std::vector<std::string> scopes
    );

    struct place {
        instant_us created_at{std::numeric_limits<instant_us>::max()};
        std::string client_id;
    };
    awaitable<std::vector<oauth_client>> list(const place& after, std::int64_t limit, deadline until);

    // Ends the client and every token it has. errc::not_found.
    awaitable<result<void>> revoke(const context& ctx, const std::string& client_id);

    // The client whose secret this is; compared in constant time. Nothing for an unknown client, a wrong
    // secret and a revoked one, alike.
    awaitable<std::optional<oauth_client>> authenticate(
        const std::string& client_id, const std::string& secret, deadline until
    );

    // Makes the clients that the configuration names under `key`, "name=secret" each. Throws
    // config::invalid_configuration.
    awaitable<void> put_configured_clients(
        std::string_view key, const std::vector<std::string>& configured, const std::string& scopes
    );

private:
    struct known {
        std::optional<oauth_client> client;
        deadline good_until;
    };

    awaitable<std::optional<oauth_client>> find(const std::string& client_id, deadline until);

    db::database& database_;
    const end_sessions& ending_;
    std::mutex mutex_;
    std::unordered_map<std::string, known> known_;
    std::set<std::string> configured_;  // put before requests come, then only read
};

}  // namespace esm::auth
