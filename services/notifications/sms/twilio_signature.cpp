// See twilio_signature.hpp.
#include "services/notifications/sms/twilio_signature.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>

#include "platform/http/text.hpp"
#include "platform/security/base64.hpp"
#include "platform/security/sealed.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t sha1_bytes = 20;

struct named_status {
    std::string_view name;
    sms_status status;
};
// The message resource's values of Status for messages that go out.
constexpr std::array<named_status, 10> statuses{{
    {"accepted", sms_status::queued},
    {"scheduled", sms_status::queued},
    {"queued", sms_status::queued},
    {"sending", sms_status::queued},
    {"sent", sms_status::sent},
    {"delivered", sms_status::delivered},
    {"read", sms_status::read},
    {"undelivered", sms_status::undelivered},
    {"failed", sms_status::failed},
    {"canceled", sms_status::failed},
}};

std::string hmac_sha1(std::string_view key, std::string_view text) {
    std::string code(sha1_bytes, '\0');
    std::size_t size = 0;
    const auto* done = EVP_Q_mac(
        nullptr,
        "HMAC",
        nullptr,
        "SHA1",
        nullptr,
        key.data(),
        key.size(),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        reinterpret_cast<unsigned char*>(code.data()),
        code.size(),
        &size
    );
    if (done == nullptr || size != sha1_bytes) throw std::runtime_error("OpenSSL refuses HMAC-SHA-1");
    return code;
}

std::string_view value_of(const form_fields& fields, std::string_view name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& each) { return each.first == name; });
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

result<form_fields> read_twilio_form(std::string_view body) {
    // A form is what a query is (URL Standard, section 5.1).
    auto parsed = http::parse_target("/?" + std::string(body));
    if (!parsed) return fail(errc::malformed_request, "the body is no form");
    return std::move(parsed->query);
}

bool is_signed_by_twilio(
    std::string_view auth_token, std::string_view url, const form_fields& fields, std::string_view signature
) {
    // Fields of one name stay in their order.
    const std::multimap<std::string, std::string> sorted(fields.begin(), fields.end());
    std::string text(url);
    for (const auto& [name, value] : sorted) text += name + value;
    // Without a token anybody could sign.
    const auto given = security::base64_decode(signature).value_or("");
    return !auth_token.empty() && security::same_secret(given, hmac_sha1(auth_token, text));
}

result<sms_report> read_sms_report(const form_fields& fields) {
    sms_report read;
    read.provider_id = value_of(fields, "MessageSid");
    if (read.provider_id.empty()) return fail(errc::malformed_request, "MessageSid is missing");
    const auto name = value_of(fields, "MessageStatus");
    const auto* const status = std::find_if(statuses.begin(), statuses.end(), [&](const named_status& each) {
        return each.name == name;
    });
    if (status == statuses.end()) return fail(errc::malformed_request, "MessageStatus is none");
    read.status = status->status;
    const auto code = value_of(fields, "ErrorCode");
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(code.data(), code.data() + code.size(), number);
    if (failed == std::errc{} && end == code.data() + code.size()) read.error_code = number;
    return read;
}

}  // namespace esm::notifications
