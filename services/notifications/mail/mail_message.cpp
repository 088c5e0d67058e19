// See mail_message.hpp.
#include "services/notifications/mail/mail_message.hpp"

#include <fmt/format.h>

namespace esm::notifications {

namespace {

constexpr std::size_t correlation_max = 128;

// An id from outside: only what cannot change the header.
std::string printable(std::string_view id) {
    std::string kept;
    for (const char each : id.substr(0, correlation_max)) {
        if (each > ' ' && each < '\x7f') kept += each;
    }
    return kept;
}

std::string part(std::string_view boundary, std::string_view media_type, std::string_view text) {
    return fmt::format(
        "--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: "
        "quoted-printable\r\n\r\n{}\r\n",
        boundary,
        media_type,
        encode_quoted_printable(text)
    );
}

}  // namespace

std::string message_id(const notification& of, const mailbox_name& from) {
    const auto domain = std::string_view(from.address).substr(from.address.find('@') + 1);
    return fmt::format("<{}.{}@{}>", of.notification_id, of.created_at, domain);
}

outgoing_mail compose(
    const notification& of, const rendered& content, const mailbox_name& from, instant_us now
) {
    // "=_" never occurs in quoted-printable text (RFC 2045 section 6.7).
    const auto boundary = fmt::format("=_{}.{}", of.notification_id, of.created_at);
    auto message = fmt::format(
        "Date: {}\r\nMessage-ID: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\n",
        format_mail_date(now),
        message_id(of, from),
        encode_mailbox(from),
        of.recipient,
        encode_header_text(content.subject, std::string_view("Subject: ").size())
    );
    if (const auto id = printable(of.correlation_id); !id.empty()) {
        message += fmt::format("X-Correlation-Id: {}\r\n", id);
    }
    // RFC 3834: no out-of-office answers to a program.
    message += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    message += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
    message += part(boundary, "text/plain", content.text);
    message += part(boundary, "text/html", content.html);
    message += fmt::format("--{}--\r\n", boundary);
    return {of.notification_id, of.created_at, from.address, of.recipient, std::move(message)};
}

}  // namespace esm::notifications
