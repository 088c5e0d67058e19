// Encrypts a message for one browser: RFC 8291 over the content coding aes128gcm of RFC 8188, so that the
// push service between sees nothing but its length. Any thread; about 0.2 ms a message.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "services/notifications/push/subscription.hpp"

namespace esm::notifications {

// Every push service takes bodies of 4096 bytes (RFC 8030 section 7.2): what the header, the delimiter and
// the tag leave of them.
inline constexpr std::size_t push_plaintext_max_bytes = 3993;

// The whole body: salt, record size, the sender's public key, one record. A key pair and a salt of its own
// each time (RFC 8291 section 3.1). errc::payload_too_large; errc::validation_failed where the subscription's
// keys are none. Throws std::runtime_error where OpenSSL does not work.
result<std::string> encrypt_push(const web_push_subscription& to, std::string_view plaintext);

struct push_sender {
    std::string private_key;  // 32 bytes
    std::string public_key;   // the uncompressed point, 65 bytes
};

// The same with a given key pair and salt of 16 bytes: for test vectors, since neither may come twice.
result<std::string> encrypt_push(
    const web_push_subscription& to,
    std::string_view plaintext,
    const push_sender& sender,
    std::string_view salt
);

}  // namespace esm::notifications
