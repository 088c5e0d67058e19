// What the link of a mail does: that kind of message no longer comes on that channel. Needs nobody's login,
// nor any other service: the link's token says who and proves that we wrote it. Stateless.
#pragma once

#include "platform/db/database.hpp"
#include "services/notifications/preferences/unsubscribe_token.hpp"

namespace esm::notifications {

// Again changes nothing. An address of no user is suppressed as a whole: there is nobody whose wishes could
// tell one kind of message from another. Critical messages still come.
awaitable<void> unsubscribe(db::database& database, const unsubscription& of, deadline until);

}  // namespace esm::notifications
