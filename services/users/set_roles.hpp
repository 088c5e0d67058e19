// Replaces the roles of an account, for administrators. It ends every token of the user (credential epoch),
// since tokens carry roles. One transaction with the event and the audit entry; the same roles change
// nothing.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/users/audit.hpp"
#include "services/users/user.hpp"

namespace esm::users {

// The roles there are; every account has the first one.
inline constexpr std::string_view user_role = "user";
inline constexpr std::string_view admin_role = "admin";

class set_roles {
public:
    set_roles(db::database& database, outbox::outbox& outbox, audit& trail)
        : database_(database), outbox_(outbox), audit_(trail) {}

    // `roles`: known ones. errc::not_found; errc::conflict where no active administrator would be left.
    awaitable<result<user>> run(const context& ctx, std::int64_t user_id, std::vector<std::string> roles);

private:
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
