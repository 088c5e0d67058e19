// What a provider of text messages tells of one that was sent: it moves to delivered or bounced, and a number
// that is none is left alone for a while. Reports come in any order and more than once; the first that says
// how it ended counts. Stateless.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/notifications/sms/twilio_signature.hpp"

namespace esm::notifications {

// A report of a message that we do not know waits for a day: its provider may be faster than our database.
awaitable<void> take_sms_report(
    db::database& database, outbox::outbox& outbox, const sms_report& told, deadline until
);

}  // namespace esm::notifications
