// For tests: the service's routes, and notifications that were sent before the test begins.
#pragma once

#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {

class sent_fixture : public routes_fixture {
protected:
    // The id of a notification of user 1000 that its provider has taken.
    std::int64_t sent_to(std::string channel, std::string recipient, std::string provider_id = {}) {
        return transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            notification_store::draft draft;
            draft.event_id = "event-" + random_hex(4);
            draft.event_type = "task.completed.v1";
            draft.channel = channel;
            draft.recipient_key = "user:1000";
            draft.user_id = 1000;
            draft.model = "{}";
            draft.recipient = recipient;
            draft.created_at = now_us();
            draft.status = status::sent;
            const auto ids = co_await notification_store::insert_all(tx, {draft});
            notification after;
            after.notification_id = ids.front().value();
            after.status = status::sent;
            after.attempts = 1;
            after.version = 2;
            after.sent_at = draft.created_at;
            if (!provider_id.empty()) after.provider_id = provider_id;
            notification_store::record(tx, {{after, {}}});
            co_return after.notification_id;
        });
    }

    notification row(std::int64_t id) {
        return runtime_
            .block_on(notification_store::find(scratch_->get(), id, deadline_in(std::chrono::seconds(10))))
            .value();
    }

    // "email ada@example.org bounced", of all that are in force.
    std::vector<std::string> suppressed() {
        const auto reply = send(request("GET", "/suppressions", user(1, {"notifications:admin"})));
        std::vector<std::string> found;
        const auto page = json(reply);
        for (const auto& each : page.at("suppressions").as_array()) {
            found.push_back(fmt::format(
                "{} {} {}",
                std::string_view(each.at("channel").as_string()),
                std::string_view(each.at("address").as_string()),
                std::string_view(each.at("reason").as_string())
            ));
        }
        return found;
    }
};

}  // namespace esm::notifications
