// Takes events in, a batch at once: keeps contacts up to date and writes the notifications that they become,
// with their leases, in the consumer's transaction. Nothing is sent here.
#pragma once

#include <functional>
#include <vector>

#include "platform/db/transaction.hpp"
#include "platform/events/event.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/notifications/draft_messages.hpp"
#include "services/notifications/erase_user.hpp"

namespace esm::notifications {

struct accept_events_deps {
    erase_user& erasing;
    catalogue& texts;
    outbox::outbox& outbox;
    std::function<void(const std::string& channel)> wake;     // after a commit that left something to deliver
    std::function<void(std::int64_t user_id)> inbox_changed;  // after a commit that filled somebody's inbox
    std::string public_url;
};

class accept_events {
public:
    explicit accept_events(accept_events_deps deps) : deps_(std::move(deps)) {}

    // errc::malformed_request where one of the events can never be read (it goes to the dead letters).
    awaitable<result<void>> apply(db::transaction& tx, const std::vector<const events::event*>& causes);
    // Writes what an event like this one would lead to, had it come with these fields; endpoints hear of real
    // ones alone. Answers the ids, those of digests that it joins among them. errc::validation_failed where
    // there is no rule for it, errc::malformed_request where it names a recipient that is no address.
    awaitable<result<std::vector<std::int64_t>>> imitate(
        db::transaction& tx, const events::event& cause, boost::json::object fields, std::int64_t user_id
    );
    // Writes notifications that something else than an event causes, as the events' are written. Answers
    // their ids, in order; nothing where the same cause has led to one before.
    awaitable<std::vector<std::optional<std::int64_t>>> write(
        db::transaction& tx, const std::vector<notification_store::draft>& drafts
    );

private:
    using batch = std::vector<incoming>;

    result<batch> read(
        const catalogue::snapshot& texts, const std::vector<const events::event*>& causes, bool for_webhooks
    ) const;
    awaitable<void> drop_erased(db::transaction& tx, batch& all);
    awaitable<result<void>> learn_contacts(db::transaction& tx, const batch& all);
    awaitable<result<std::vector<std::int64_t>>> write_messages(
        db::transaction& tx, const catalogue::snapshot& texts, const batch& all, bool for_webhooks
    );
    awaitable<std::vector<std::int64_t>> gather(db::transaction& tx, std::vector<drafted> digests);
    awaitable<void> hold_waiting(db::transaction& tx, std::vector<std::int64_t> user_ids);
    awaitable<void> release(db::transaction& tx, std::int64_t user_id);

    const accept_events_deps deps_;
};

}  // namespace esm::notifications
