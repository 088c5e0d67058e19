// What Twilio tells about a message later on: the form of a status call-back, and the signature by which it
// shows that it comes from Twilio. Pure; used by the route that StatusCallback names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/result.hpp"

namespace esm::notifications {

using form_fields = std::vector<std::pair<std::string, std::string>>;

// The fields of an application/x-www-form-urlencoded body, empty ones too, since all are signed.
// errc::malformed_request where an escape is broken, a text is no UTF-8 or fields are more than 100.
result<form_fields> read_twilio_form(std::string_view body);

// Whether `signature`, the header X-Twilio-Signature, is base64 of HMAC-SHA-1 by the auth token over the URL
// as it was given to Twilio (query and all) and the fields' names and values in the order of their names
// (Twilio's documentation, "Webhooks security"). Takes the same time for every wrong one.
bool is_signed_by_twilio(
    std::string_view auth_token, std::string_view url, const form_fields& fields, std::string_view signature
);

enum class sms_status : std::uint8_t {
    queued,       // Twilio has it, in whatever of its own queues
    sent,         // the carrier has it
    delivered,    // the carrier says that the phone has it
    read,         // the person has opened it; only some kinds of message tell
    undelivered,  // the carrier says that the phone will not have it
    failed        // nor will the carrier
};

struct sms_report {
    std::string provider_id;  // MessageSid: send_answer::provider_id
    sms_status status{sms_status::queued};
    std::optional<std::uint32_t> error_code;  // Twilio's own, of the last two
};

// errc::malformed_request where the id is missing or the status is none of Twilio's. Reports come in any
// order and more than once.
result<sms_report> read_sms_report(const form_fields& fields);

}  // namespace esm::notifications
