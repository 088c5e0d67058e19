// A notification as an RFC 5322 message: text and HTML alternatives (RFC 2046 section 5.1.4), a Message-ID
// that is the same at each attempt.
#pragma once

#include <string>

#include "services/notifications/mail/mail_encoding.hpp"
#include "services/notifications/mail/mail_transport.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications {

// "<1000.1763848213602114@example.org>": id and creation time of the notification, the sender's domain.
std::string message_id(const notification& of, const mailbox_name& from);

// With List-Unsubscribe and its one-click form (RFC 2369, RFC 8058) where the message has an unsubscribe
// link. Signing it (DKIM) is the mail server's work, whose keys and domain they are. A message without HTML
// is plain text alone.
outgoing_mail compose(const outgoing& message, const mailbox_name& from, instant_us now);

}  // namespace esm::notifications
