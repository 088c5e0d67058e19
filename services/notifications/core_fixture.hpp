// For tests: the notification service with people in it: what they wish, where they can be reached, and what
// happens to them.
#pragma once

#include <gmock/gmock.h>

#include "platform/lease/lease.hpp"
#include "services/notifications/dead_letters/store.hpp"
#include "services/notifications/devices/device_store.hpp"
#include "services/notifications/endpoints/endpoint_store.hpp"
#include "services/notifications/service_fixture.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"
#include "services/notifications/webhooks/signature.hpp"
#include "services/notifications/wishes/wish_store.hpp"

namespace esm::notifications {

class core_fixture : public service_fixture {
protected:
    // The service runs, and knows the user.
    void start_with_user(std::int64_t user_id = 1000, std::string_view name = "ada") {
        start_service();
        know(user_event(user_id, name));
    }

    // The contact is there, and its welcome is out.
    void know(const events::event& registered) {
        const auto before = count(status::sent, "email");
        publish({registered});
        ASSERT_TRUE(eventually([&] { return count(status::sent, "email") > before; }));
    }

    // One that is only stored.
    static notification_store::draft message_to(std::int64_t user_id, int number) {
        notification_store::draft given;
        given.event_id = fmt::format("event-{}-{}", user_id, number);
        given.event_type = "task.completed.v1";
        given.channel = "email";
        given.recipient_key = fmt::format("user:{}", user_id);
        given.user_id = user_id;
        given.model = R"({"taskReference":"TASK1"})";
        given.subject = fmt::format("Task {} completed", number);
        given.recipient = "ada@example.org";
        return given;
    }

    events::event user_with_phone(std::int64_t user_id, std::string_view name, std::string_view phone) {
        auto made = user_event(user_id, name);
        auto data = boost::json::parse(made.data).as_object();
        data["phone"] = phone;
        made.data = boost::json::serialize(data);
        return made;
    }

    events::event password_changed(std::int64_t user_id) {
        const auto data = fmt::format(
            R"({{"userId":{},"username":"ada","reason":"changed","updatedAt":"2026-11-26T20:00:00Z"}})",
            user_id
        );
        return made("user-registration-events", "user.password_changed.v1", "/users", user_id, data);
    }

    void wish(std::int64_t user_id, std::string_view document) {
        auto says = decode_preferences(boost::json::parse(document).as_object());
        ASSERT_TRUE(says.has_value()) << document;
        transact([&](db::transaction& tx) -> awaitable<bool> {
            auto stored = co_await wish_store::lock(tx, user_id);
            stored.says = std::move(*says);
            stored.version += 1;
            stored.updated_at = now_us();
            wish_store::save(tx, user_id, stored);
            co_return true;
        });
    }

    // Begins an hour ago and ends in two.
    static std::string quiet_now() {
        const auto clock = [](std::int64_t hours) {
            return format_instant(now_us() + hours * 3'600'000'000).substr(11, 5);
        };
        return fmt::format(
            R"({{"quietHours":{{"start":"{}","end":"{}","timeZone":"UTC"}}}})", clock(-1), clock(2)
        );
    }

    void suppress(std::string channel, std::string address, std::string reason) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            suppression_store::add(tx, {channel, address, reason, now_us() + 3'600'000'000, now_us()});
            co_return true;
        });
    }

    std::int64_t add_device(std::int64_t user_id, std::string token) {
        return transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            device_store::kept_device added;
            added.user_id = user_id;
            added.label = token;
            added.created_at = now_us();
            const auto kept =
                co_await device_store::save(tx, code_key_, std::move(added), device{fcm_device{token}});
            co_return kept.device_id;
        });
    }

    struct hook {
        std::int64_t user_id{0};
        std::string url;
        std::vector<std::string> event_types{};
        bool everyone{false};
    };
    std::int64_t add_hook(const hook& given) {
        return transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            endpoint_store::endpoint added;
            added.user_id = given.user_id;
            added.url = given.url;
            added.event_types = given.event_types;
            added.everyone = given.everyone;
            added.created_at = now_us();
            co_return co_await endpoint_store::insert(tx, code_key_, added, secret_);
        });
    }

    // As it was stored; empty where it was not sent.
    std::string mail_of(const notification& sent) {
        return read_file(
            folder_ / "mailbox" / fmt::format("{}-{}.eml", sent.created_at, sent.notification_id)
        );
    }

    // Whatever is to be delivered later is due now. What waits for its contact has no lease yet.
    void let_time_pass() {
        std::vector<lease::work> due;
        db::integer_list ids;
        for (const auto& each : rows()) {
            const bool waits = each.recipient.empty() && each.channel != "in_app";
            if (each.status != status::pending || !each.deliver_at || waits) continue;
            ids.push_back(each.notification_id);
            due.push_back({.id = each.notification_id, .pool = each.channel, .queue = each.channel});
        }
        transact([&](db::transaction& tx) -> awaitable<bool> {
            co_await lease::drop(tx, ids);
            if (!due.empty()) lease::enqueue(tx, due);
            co_return true;
        });
    }

    // Why each notification among the dead letters failed, the last one first.
    std::vector<std::string> why_dead() {
        constexpr dead_letters::store::failure_key newest{std::numeric_limits<std::int64_t>::max(), 0};
        std::vector<std::string> reasons;
        const auto found = runtime_.block_on(dead_letters::store::list_notifications(
            scratch_->get(), {}, newest, 100, deadline_in(std::chrono::seconds(10))
        ));
        for (const auto& each : found) reasons.push_back(each.what.error_message.value_or(""));
        return reasons;
    }

    std::vector<notification> rows_of_type(std::string_view event_type) {
        auto found = rows();
        std::erase_if(found, [&](const notification& each) { return each.event_type != event_type; });
        return found;
    }

    // "email sent", of one event type.
    std::vector<std::string> ends_of(std::string_view event_type) {
        std::vector<std::string> ends;
        for (const auto& each : rows_of_type(event_type)) {
            ends.push_back(fmt::format("{} {}", each.channel, to_text(each.status)));
        }
        return ends;
    }

    // Publishes events that nobody has seen, and waits until they are applied or set aside.
    void apply(std::vector<events::event> batch) {
        const auto wanted = seen_events() + static_cast<std::int64_t>(batch.size());
        publish(std::move(batch));
        ASSERT_TRUE(eventually([&] { return seen_events() == wanted; }));
    }
    std::int64_t seen_events() {
        const auto shown = metrics_->scrape();
        std::int64_t seen = 0;
        for (const std::string name : {"consumer_applied_events", "consumer_dead_events"}) {
            const auto line = shown.find("\n" + name + "{");
            EXPECT_NE(line, std::string::npos) << name;
            seen += std::stoll(shown.substr(shown.find("} ", line) + 2));
        }
        return seen;
    }

    const std::string secret_{make_webhook_secret()};
};

}  // namespace esm::notifications
