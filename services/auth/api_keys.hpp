// Personal access tokens: shown once, stored as SHA-256, good for fewer scopes than their owner has, and
// ended with whatever ends the owner's sessions.
#pragma once

#include "platform/db/database.hpp"
#include "services/auth/end_sessions.hpp"

namespace esm::auth {

struct api_key {
    std::string api_key_id;  // UUID
    std::string name;
    std::vector<std::string> scopes;
    instant_us created_at{0}, expires_at{0};
    std::optional<instant_us> last_used_at;
};

struct made_api_key {
    api_key key;
    std::string token;  // "esm_pat_…"
};

class api_keys {
public:
    api_keys(db::database& database, const end_sessions& ending) : database_(database), ending_(ending) {}

    // errc::forbidden for a scope the owner has not; errc::conflict for more than 50 that stand;
    // errc::invalid_token where the owner's session has ended meanwhile.
    awaitable<result<made_api_key>> create(const context& ctx, db::transaction& tx, api_key wanted);

    struct place {
        instant_us created_at{std::numeric_limits<instant_us>::max()};
        std::string api_key_id;
    };
    // Those that stand, newest first.
    awaitable<std::vector<api_key>> list(
        std::int64_t user_id, const place& after, std::int64_t limit, deadline until
    );

    // errc::not_found for another's.
    awaitable<result<void>> revoke(const context& ctx, const std::string& api_key_id, std::int64_t user_id);

    // Whose key it is. errc::invalid_token.
    awaitable<result<principal>> find(const std::string& token);

private:
    db::database& database_;
    const end_sessions& ending_;
};

}  // namespace esm::auth
