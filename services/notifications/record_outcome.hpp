// Writes down how attempts ended: lease, row, attempt and event of each in one transaction, those of
// concurrent deliveries together (group commit).
#pragma once

#include "platform/db/group_commit.hpp"
#include "platform/lease/lease.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/notifications/delivery_policy.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/reports/report_store.hpp"

namespace esm::notifications {

struct outcome {
    lease::held item;
    decision made;
};

enum class recorded : std::uint8_t {
    yes,
    lease_lost  // somebody else has the notification by now: nothing was changed
};

// In the transaction of an outcome: no later message shall go to its recipient.
using bury_recipient = std::function<void(db::transaction& tx, const notification& after)>;

class record_outcome {
public:
    record_outcome(
        async::runtime& runtime, db::database& target, outbox::outbox& outbox, bury_recipient on_gone
    );

    // Throws what the database throws. Asking again after a commit in doubt is safe: the lease is gone then.
    awaitable<result<recorded>> submit(outcome ended, deadline until) {
        return lanes_.submit(std::move(ended), until);
    }

private:
    struct reported {
        notification after;
        report_store::report told;
    };

    awaitable<std::vector<recorded>> write(db::transaction& tx, std::vector<outcome>& items);
    static awaitable<std::vector<recorded>> end_leases(
        db::transaction& tx, const std::vector<outcome>& items
    );
    // What was told of messages before they are written down here.
    static awaitable<std::vector<reported>> take_early_reports(
        db::transaction& tx, const std::vector<notification_store::ended_delivery>& ended
    );

    outbox::outbox& outbox_;
    const bury_recipient on_gone_;
    db::group_commit<outcome, recorded> lanes_;
};

}  // namespace esm::notifications
