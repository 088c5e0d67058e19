// How often somebody may try to log in (security.md, Accounts and tokens). Known and unknown names are
// counted alike. A device that has logged in before has a count of its own, so that a stranger's wrong tries
// do not delay the owner: what OWASP calls a device cookie.
#pragma once

#include "platform/security/sealed.hpp"
#include "platform/throttle/throttle.hpp"
#include "services/auth/identity.hpp"
#include "services/auth/tries_in_flight.hpp"

namespace esm::auth {

class login_limits {
public:
    login_limits(db::database& database, const security::master_key& master);

    struct attempt {
        std::string account;  // the name that was typed, or the known device
        std::string address;
        std::shared_ptr<void> in_flight;
    };
    // `device_token`: empty, made up and another user's are like none.
    attempt about(std::string_view identifier, const std::string& address, std::string_view device_token)
        const;

    // errc::rate_limited. Counted as wrong until was_right or was_none; in flight as long as `tried` lives.
    awaitable<result<void>> admit(attempt& tried, deadline until);
    void was_right(db::transaction& tx, const attempt& tried) const;
    // The password was not checked: the user service is away, or has too much to do.
    void was_none(db::transaction& tx, const attempt& tried) const;

    // What stands for a typed name in logs and events: people type passwords into the wrong field.
    std::string identifier_hash(std::string_view identifier) const;

    // "esm_dt_…", good for 180 days: proves a login of this user on this device, and nothing else.
    std::string device_token(const identity& of) const;

private:
    awaitable<result<void>> count(const attempt& tried, deadline until);

    db::database& database_;
    const security::master_key& master_;
    throttle::failure_backoff accounts_;
    throttle::rate_limit addresses_;
    tries_in_flight in_flight_;
};

}  // namespace esm::auth
