// Delivers one leased notification: load, render, send, write down how it went. Runs under the lease worker,
// any shard.
#pragma once

#include "platform/db/group_commit.hpp"
#include "platform/lease/worker.hpp"
#include "platform/observe/metrics.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/circuit_breaker.hpp"
#include "services/notifications/mail/mail_message.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/record_outcome.hpp"

namespace esm::notifications {

struct deliver_options {
    delivery_policy policy;
    mailbox_name from;
    std::string public_url;
};

struct deliver_deps {
    async::runtime& runtime;
    db::database& database;
    outbox::outbox& outbox;
    observe::metrics& metrics;
    mail_transport& transport;
    circuit_breaker& breaker;
    const security::master_key& code_key;
};

class deliver {
public:
    deliver(deliver_deps deps, deliver_options options);

    // In the claiming transaction: the items are being sent now. All are wanted.
    awaitable<std::vector<bool>> claimed(db::transaction& tx, const std::vector<lease::held>& items);
    // Throws db::unavailable when the notification cannot even be read: the worker gives the lease back.
    awaitable<void> run(lease::held item, std::shared_ptr<lease::progress_token> token);
    // What runs no longer waits for the database.
    void stop() { stopping_ = true; }

private:
    using work = notification_store::delivery_work;

    // The message to send; errc::internal when a template or its model is broken, errc::deadline_exceeded
    // when its code is over.
    result<outgoing_mail> make_mail(const work& of) const;
    awaitable<void> give_back(const lease::held& item);
    awaitable<void> drop_lease(const lease::held& item);
    awaitable<void> write_down(outcome ended, std::shared_ptr<lease::progress_token> token);
    void count(const decision& made);

    deliver_deps deps_;
    const deliver_options options_;
    db::group_read<std::int64_t, work> reader_;
    record_outcome recorder_;
    std::atomic<bool> stopping_{false};
    observe::metrics::counter &sent_, &retried_, &failed_;
    observe::metrics::histogram &latency_, &attempt_time_;
};

}  // namespace esm::notifications
