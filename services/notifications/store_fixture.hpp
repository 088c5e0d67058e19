// For tests: the notification store on a database of its own, without a service around it.
#pragma once

#include "services/notifications/notification_store.hpp"
#include "services/notifications/service_fixture.hpp"

namespace esm::notifications {

namespace store = notification_store;

inline const contact ada{7, 2, "ada@example.org", "ada", "Ada", "de", {}};

class store_fixture : public service_fixture {
protected:
    db::database& database() { return scratch_->get(); }

    // Nothing where the same cause has led to it before.
    std::optional<std::int64_t> insert(store::draft given) {
        return transact([given](db::transaction& tx) -> awaitable<std::optional<std::int64_t>> {
            co_return (co_await store::insert_all(tx, {given})).front();
        });
    }
    std::optional<std::int64_t> insert(
        std::string event_id, std::int64_t user_id, std::string type = "a.b.v1"
    ) {
        return insert(draft_of(std::move(event_id), user_id, std::move(type)));
    }

    // Of a user of whom nothing is known yet.
    static store::draft draft_of(std::string event_id, std::int64_t user_id, std::string type = "a.b.v1") {
        store::draft made;
        made.event_id = std::move(event_id);
        made.event_type = std::move(type);
        made.channel = "email";
        made.recipient_key = fmt::format("user:{}", user_id);
        made.user_id = user_id;
        made.model = R"({"firstName":"Ada"})";
        made.subject = "Welcome";
        made.waiting = true;
        made.correlation_id = "corr";
        made.traceparent = "trace";
        made.created_at = 5;
        return made;
    }

    std::vector<deliverable> learn(contact known) {
        return transact([known](db::transaction& tx) -> awaitable<std::vector<deliverable>> {
            store::save_contact(tx, known, 5);
            co_return co_await store::release_waiting(tx, known.user_id);
        });
    }

    store::delivery_work load(std::int64_t id) {
        return runtime_
            .block_on(store::load_deliveries(database(), {id}, deadline_in(std::chrono::seconds(10))))
            .at(0)
            .second;
    }

    contact contact_of(std::int64_t user_id) {
        return runtime_
            .block_on(store::find_contact(database(), user_id, deadline_in(std::chrono::seconds(10))))
            .value();
    }

    std::vector<std::int64_t> mark_sending(std::vector<std::int64_t> ids) {
        return transact([ids](db::transaction& tx) { return store::mark_sending(tx, ids); });
    }
};

}  // namespace esm::notifications
