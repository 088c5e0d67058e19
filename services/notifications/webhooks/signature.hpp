// Signatures of webhooks by Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over id, timestamp and
// body, by which an endpoint knows who sent a message and that it is not played again. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace esm::notifications {

// "whsec_" and 32 random bytes as base64.
std::string make_webhook_secret();

// Whether `text` is "whsec_" and 24 to 64 bytes as base64.
bool is_webhook_secret(std::string_view text);

struct signed_webhook {
    std::string_view id;          // of the message: the same at each attempt
    std::int64_t timestamp_s{0};  // of the attempt
    std::string_view body;
};

// The value of the header webhook-signature: "v1,<base64>" for each secret, a space between, so that an
// endpoint which knows the old or the new one of a rotation finds its own. errc::validation_failed where one
// is no secret.
result<std::string> sign_webhook(const signed_webhook& what, const std::vector<std::string>& secrets);

}  // namespace esm::notifications
