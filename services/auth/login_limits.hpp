// How often somebody may try to log in (security.md, Accounts and tokens). Known and unknown names are
// counted alike. A device that has logged in before has a count of its own, so that a stranger's wrong tries
// do not delay the owner: what OWASP calls a device cookie.
#pragma once

#include "platform/security/sealed.hpp"
#include "platform/throttle/throttle.hpp"
#include "services/auth/identity.hpp"

namespace esm::auth {

class login_limits {
public:
    login_limits(db::database& database, const security::master_key& master);

    struct attempt {
        std::string account;  // the name that was typed, or the known device
        std::string address;
    };
    // `device_token`: empty, made up and another user's are like none.
    attempt about(std::string_view identifier, std::string address, std::string_view device_token) const;

    // errc::rate_limited. Counted as wrong until was_right.
    awaitable<result<void>> admit(const attempt& tried, deadline until);
    void was_right(db::transaction& tx, const attempt& tried) const;

    // "esm_dt_…", good for 180 days: proves a login of this user on this device, and nothing else.
    std::string device_token(const identity& of) const;

private:
    db::database& database_;
    const security::master_key& master_;
    throttle::failure_backoff accounts_;
    throttle::rate_limit addresses_;
};

}  // namespace esm::auth
