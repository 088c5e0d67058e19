// Whether somebody who was let in may still stay: a stream outlives the check of its token.
#pragma once

#include "platform/base/context.hpp"
#include "platform/security/revocations.hpp"

namespace esm::tasks {

class caller_check {
public:
    caller_check(principal caller, const security::revocations& revoked)
        : caller_(std::move(caller)), revoked_(revoked) {}

    bool has_expired() const { return caller_.expires_at_us != 0 && caller_.expires_at_us <= now_us(); }
    bool is_revoked() const {
        return revoked_.contains(caller_.session_id) || revoked_.contains(caller_.client_id);
    }

private:
    const principal caller_;
    const security::revocations& revoked_;
};

}  // namespace esm::tasks
