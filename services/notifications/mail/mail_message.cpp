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

std::string encoded_part(std::string_view media_type, std::string_view text) {
    return fmt::format(
        "Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
        media_type,
        encode_quoted_printable(text)
    );
}

std::string body_of(const outgoing& message) {
    const auto& content = message.content;
    if (content.html.empty()) return encoded_part("text/plain", content.text);
    // "=_" never occurs in quoted-printable text (RFC 2045 section 6.7).
    const auto boundary = fmt::format("=_{}.{}", message.what.notification_id, message.what.created_at);
    return fmt::format(
        "Content-Type: multipart/alternative; boundary=\"{0}\"\r\n\r\n--{0}\r\n{1}--{0}\r\n{2}--{0}--\r\n",
        boundary,
        encoded_part("text/plain", content.text),
        encoded_part("text/html", content.html)
    );
}

}  // namespace

std::string message_id(const notification& of, const mailbox_name& from) {
    const auto domain = std::string_view(from.address).substr(from.address.find('@') + 1);
    return fmt::format("<{}.{}@{}>", of.notification_id, of.created_at, domain);
}

outgoing_mail compose(const outgoing& message, const mailbox_name& from, instant_us now) {
    const auto& of = message.what;
    auto text = fmt::format(
        "Date: {}\r\nMessage-ID: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\n",
        format_mail_date(now),
        message_id(of, from),
        encode_mailbox(from),
        of.recipient,
        encode_header_text(message.content.subject, std::string_view("Subject: ").size())
    );
    if (const auto id = printable(of.correlation_id); !id.empty()) {
        text += fmt::format("X-Correlation-Id: {}\r\n", id);
    }
    if (!message.unsubscribe_url.empty()) {
        text += fmt::format("List-Unsubscribe: <{}>\r\n", message.unsubscribe_url);
        text += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
    }
    // RFC 3834: no out-of-office answers to a program.
    text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
    text += body_of(message);
    return {of.notification_id, of.created_at, from.address, of.recipient, std::move(text)};
}

}  // namespace esm::notifications
