// Turns a notification that is due into what its channel sends: its template in the recipient's language, or
// the words that it was given, with the code and the unsubscribe link that are kept nowhere. Made once a
// service; any shard.
#pragma once

#include "platform/security/sealed.hpp"
#include "services/notifications/catalogue/catalogue.hpp"
#include "services/notifications/channel.hpp"
#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

struct make_message_deps {
    db::database& database;
    catalogue& texts;
    const security::master_key& key;  // what the codes of mails and unsubscribe links follow from
    std::string public_url;           // empty: no links
};

class make_message {
public:
    explicit make_message(make_message_deps deps) : deps_(std::move(deps)) {}

    // errc::internal when there is no template or the model is broken, errc::deadline_exceeded when its code
    // is over.
    awaitable<result<outgoing>> run(const notification_store::delivery_work& of) const;

    // Where a click ends messages of this kind; empty for critical ones and where no public URL is known.
    std::string unsubscribe_url(const notification& of) const;

private:
    result<outgoing> from_template(
        const notification_store::delivery_work& of, std::string_view event_type, boost::json::object fields
    ) const;
    awaitable<result<outgoing>> digest(const notification_store::delivery_work& of) const;

    const make_message_deps deps_;
};

}  // namespace esm::notifications
