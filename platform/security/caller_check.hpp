// Whether somebody who was let in may still stay: a stream outlives the check of its token. A stream has its
// own; the revocations live longer.
#pragma once

#include "platform/base/context.hpp"
#include "platform/security/revocations.hpp"

namespace esm::security {

class caller_check {
public:
    caller_check(principal caller, const revocations& revoked)
        : caller_(std::move(caller)), revoked_(revoked) {}

    bool has_expired() const { return caller_.expires_at_us != 0 && caller_.expires_at_us <= now_us(); }
    bool is_revoked() const {
        return revoked_.contains(caller_.session_id) || revoked_.contains(caller_.client_id);
    }

private:
    const principal caller_;
    const revocations& revoked_;
};

}  // namespace esm::security
