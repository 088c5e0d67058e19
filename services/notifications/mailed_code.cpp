// See mailed_code.hpp.
#include "services/notifications/mailed_code.hpp"

#include "platform/base/json_member.hpp"
#include "platform/security/mailed_code.hpp"

namespace esm::notifications {

result<void> add_code(boost::json::object& fields, const security::master_key& key, instant_us now) {
    const auto challenge_id = json::text_member(fields, "challengeId");
    if (challenge_id.empty()) return {};
    const auto expires_at = parse_instant(json::text_member(fields, "expiresAt"));
    if (!expires_at || *expires_at <= now) {
        return fail(errc::deadline_exceeded, "the code expired before the mail could be sent");
    }
    if (json::text_member(fields, "keyId") != security::code_key_id(key)) {
        return fail(
            errc::internal,
            "users.code_key_file is not the user service's: the code of this mail cannot be derived"
        );
    }
    fields["code"] = security::mailed_code(key, challenge_id);
    fields["token"] = security::mailed_token(key, challenge_id);
    return {};
}

}  // namespace esm::notifications
