// Says to push services who sends (VAPID, RFC 8292): a short-lived ES256 token for each service's origin,
// made once and used until half of its life. One a service; any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "platform/security/es256.hpp"

namespace esm::notifications {

// Of a file in PKCS #8 PEM form; makes one with a new key and mode 0600 when it is missing and `create`.
// Throws std::runtime_error. Browsers bind a subscription to the key: with another one all are lost.
security::es256_key vapid_key_from_file(const std::string& path, bool create);

class vapid {
public:
    // `subject` is where a push service may reach the operator: a mailto: or https: URI (section 2.1). Throws
    // std::invalid_argument for another.
    vapid(security::es256_key key, std::string subject);

    // The value of an Authorization header (section 3) for messages to `endpoint`. errc::validation_failed
    // when that is no URL.
    result<std::string> authorization(std::string_view endpoint, std::int64_t now_s);

    // What PushManager.subscribe() takes as applicationServerKey: the public point as base64url.
    const std::string& application_server_key() const { return public_key_; }

private:
    std::string make_token(std::string_view origin, std::int64_t now_s) const;

    struct made {
        std::string header;
        std::int64_t good_until_s{0};
    };

    const security::es256_key key_;
    const std::string subject_;
    const std::string public_key_;
    std::mutex mutex_;
    std::map<std::string, made, std::less<>> by_origin_;
};

}  // namespace esm::notifications
