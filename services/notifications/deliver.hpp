// Delivers the leased notifications of one channel: wait for a provider's turn, load, render, send, write
// down how it went. Runs under the channel's lease worker, any shard.
#pragma once

#include "platform/db/group_commit.hpp"
#include "platform/lease/worker.hpp"
#include "platform/observe/metrics.hpp"
#include "services/notifications/make_message.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/providers.hpp"
#include "services/notifications/record_outcome.hpp"

namespace esm::notifications {

struct deliver_options {
    std::string channel;
    delivery_policy policy;
};

struct deliver_deps {
    async::runtime& runtime;
    db::database& database;
    outbox::outbox& outbox;
    observe::metrics& metrics;
    providers& carriers;
    const make_message& making;
    bury_recipient on_gone;
    std::function<void(std::int64_t user_id)> inbox_changed;
};

class deliver {
public:
    deliver(deliver_deps deps, deliver_options options);

    // In the claiming transaction: the items are being sent now. All are wanted.
    awaitable<std::vector<bool>> claimed(db::transaction& tx, const std::vector<lease::held>& items);
    // In the transaction that gives leases back of items whose runs threw: no provider has had them.
    static awaitable<void> given_back(db::transaction& tx, const std::vector<lease::rescued>& items);
    // Throws only before anything is sent, as where the database is away: the worker gives the lease back.
    awaitable<void> run(lease::held item, std::shared_ptr<lease::progress_token> token);
    // What runs no longer waits for the database.
    void stop() { stopping_ = true; }

private:
    using work = notification_store::delivery_work;

    // Nothing where it was given back.
    awaitable<std::optional<decision>> attempt_delivery(
        const lease::held& item, const lease::progress_token& token
    );
    // By the one whose turn it is, and at once by another one where the first cannot have taken the message.
    awaitable<std::vector<tried>> send(
        providers::turn& by, const outgoing& message, const lease::progress_token& token
    );
    // Tells the provider's circuit breaker how it went.
    static awaitable<tried> ask(providers::turn& by, const outgoing& message);
    awaitable<void> give_back(const lease::held& item, std::optional<instant_us> due);
    awaitable<void> drop_lease(const lease::held& item);
    awaitable<void> write_down(outcome ended, std::shared_ptr<lease::progress_token> token);
    void count(const decision& made);

    deliver_deps deps_;
    const deliver_options options_;
    db::group_read<std::int64_t, work> reader_;
    record_outcome recorder_;
    std::atomic<bool> stopping_{false};
    observe::metrics::counter &sent_, &retried_, &failed_, &unsent_;
    observe::metrics::histogram &latency_, &attempt_time_;
};

}  // namespace esm::notifications
