// Changes the fields of an account that are its owner's to change; administrators change the same ones for
// others. One transaction with the event and the audit entry; nothing changed leaves neither.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/users/audit.hpp"
#include "services/users/profile_rules.hpp"
#include "services/users/user.hpp"

namespace esm::users {

struct profile_change {
    std::optional<std::string> first_name, last_name;
    optional_fields given;
    bool clear_date_of_birth{false}, clear_phone{false}, clear_locale{false};
};

// A JSON merge patch (RFC 7396): absent fields stay, null clears an optional one.
result<profile_change> decode_profile_change(const boost::json::object& body);

class change_profile {
public:
    change_profile(db::database& database, outbox::outbox& outbox, audit& trail)
        : database_(database), outbox_(outbox), audit_(trail) {}

    // `check` sees the account before the change, for preconditions. errc::not_found.
    awaitable<result<user>> run(
        const context& ctx,
        std::int64_t user_id,
        const profile_change& wanted,
        std::function<result<void>(const user&)> check
    );

private:
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
