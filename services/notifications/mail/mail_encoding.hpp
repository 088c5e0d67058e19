// The encodings of a mail: header texts (RFC 2047), addresses (RFC 5322 section 3.4), bodies (RFC 2045
// section 6.7).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"

namespace esm::notifications {

// The practical subset of RFC 5321 section 4.1.2 that needs no quoting: visible ASCII, one @, no specials.
bool is_mail_address(std::string_view text);

struct mailbox_name {
    std::string display;  // may be empty
    std::string address;
};

// "Name <a@b>" or "a@b"; nothing when it is neither.
std::optional<mailbox_name> parse_mailbox(std::string_view text);
// As a header shows it, the display name quoted or encoded.
std::string encode_mailbox(const mailbox_name& shown);

// An unstructured header's value, folded; `used` characters of its line are taken by the header's name.
// Control characters become spaces, so that no text can begin another header.
std::string encode_header_text(std::string_view text, std::size_t used);

// UTF-8 text as quoted-printable lines of at most 76 characters that end in CRLF.
std::string encode_quoted_printable(std::string_view text);

// RFC 5322 section 3.3, in UTC: "Sun, 22 Nov 2026 20:44:46 +0000".
std::string format_mail_date(instant_us instant);

}  // namespace esm::notifications
