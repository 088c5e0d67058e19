// Everything held on a user but secrets and their hashes, for the user's own export: pages of the object
// {"secondFactor":…,"sessions":[…],"apiKeys":[…]}, newest first.
#pragma once

#include "platform/db/database.hpp"
#include "platform/personal_data/export_page.hpp"
#include "services/auth/second_factor.hpp"

namespace esm::auth {

class export_user {
public:
    export_user(db::database& database, second_factor& factor) : database_(database), factor_(factor) {}

    // errc::invalid_cursor for a cursor that no page gave.
    awaitable<result<personal_data::export_page>> page(
        const context& ctx, std::int64_t user_id, std::string cursor
    );

private:
    struct place;

    awaitable<void> append_sessions(
        personal_data::export_page& to, std::int64_t user_id, const place& after, deadline until
    );
    awaitable<void> append_api_keys(
        personal_data::export_page& to, std::int64_t user_id, const place& after, deadline until
    );

    db::database& database_;
    second_factor& factor_;
};

}  // namespace esm::auth
