// What an SMTP server's reply means for a mail (RFC 5321 section 4.2), and the delay some servers name in it.
// Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "services/notifications/mail/mail_transport.hpp"

namespace esm::notifications {

// How far a conversation came: before MAIL a refusal concerns the channel, after it this very mail, and at
// RCPT the mailbox. Once all of the content is out the server may deliver it, whether it answers or not.
enum class smtp_stage : std::uint8_t { opening, envelope, recipient, content, handed_over };

// The last reply of a conversation that did not end well; `code` 0 where none came to the last command.
send_answer judge_reply(smtp_stage stage, int code, std::string text, std::string_view transport_error);

// "try again in 30 seconds", "retry after 5 min": at most 24 hours. Nothing where no delay is named.
std::optional<std::chrono::milliseconds> named_delay(const std::string& text);

}  // namespace esm::notifications
