// For tests: a running service with dead letters of both kinds, and how administrators ask for them.
#pragma once

#include "services/notifications/notification_store.hpp"
#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications::dead_letters {

namespace bj = boost::json;

class letters_fixture : public routes_fixture {
protected:
    static constexpr const char* task_topic = "task-processing-events";

    http::response ask(
        std::string method,
        const std::string& path,
        const bj::value& body = nullptr,
        std::vector<std::pair<std::string, std::string>> query = {},
        const std::string& if_match = {}
    ) {
        auto call = request(
            std::move(method),
            "/dead-letters" + path,
            user(1, {"notifications:admin"}),
            body.is_null() ? "" : bj::serialize(body)
        );
        call.query = std::move(query);
        if (!if_match.empty()) call.headers.emplace_back("if-match", if_match);
        return send(std::move(call));
    }

    bj::array letters(std::vector<std::pair<std::string, std::string>> query) {
        const auto reply = ask("GET", "", nullptr, std::move(query));
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return json(reply).at("deadLetters").as_array();
    }
    bj::array dead_events() { return letters({{"kind", "event"}}); }

    bj::object redrive(bj::object asked) {
        const auto reply = ask("POST", "/redrive", asked);
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return json(reply);
    }

    static std::int64_t number(const bj::value& of, std::string_view name) {
        return of.as_object().at(name).as_int64();
    }

    // Any bytes as an event of a task; answers once it stands among the dead letters.
    std::int64_t bury(const std::string& data, std::string_view type = "task.completed.v1") {
        const auto before = dead_events().size();
        const auto headers = bj::serialize(bj::object{
            {"ce_specversion", "1.0"},
            {"ce_id", random_hex(8)},
            {"ce_type", type},
            {"ce_aggregateversion", "1"}
        });
        EXPECT_TRUE(runtime_.block_on(
            log_->publish_raw(std::string(task_topic), "1042", headers, data, std::chrono::seconds(5))
        ));
        EXPECT_TRUE(eventually([&] { return dead_events().size() > before; }));
        return number(dead_events().at(0), "id");
    }

    // Notifications that failed for good, as deliveries leave them.
    std::vector<std::int64_t> fail(
        std::size_t count, std::string_view event_type = "task.completed.v1", std::string model = {}
    ) {
        if (model.empty()) model = R"({"taskReference":"TASK1","taskType":"demo"})";
        const auto work = [&](db::transaction& tx) -> awaitable<std::vector<std::int64_t>> {
            std::vector<notification_store::draft> drafts;
            for (std::size_t i = 0; i < count; ++i) {
                notification_store::draft each;
                each.event_id = random_hex(8);
                each.event_type = event_type;
                each.channel = "email";
                each.recipient_key = "user:1000";
                each.user_id = 1000;
                each.model = model;
                each.recipient = fmt::format("ada{}@example.org", i);
                each.created_at = now_us();
                drafts.push_back(std::move(each));
            }
            const auto written = co_await notification_store::insert_all(tx, drafts);
            std::vector<notification_store::ended_delivery> ended;
            std::vector<std::int64_t> ids;
            for (std::size_t i = 0; i < count; ++i) {
                auto& each = ended.emplace_back();
                each.after.notification_id = *written[i];
                each.after.version = 2;
                each.after.attempts = each.after.refusals = 1;
                each.after.status = status::failed;
                each.after.error_message = "550 no such user";
                each.log.push_back({1, now_us(), now_us(), "failed", "550 no such user"});
                ids.push_back(*written[i]);
            }
            notification_store::record(tx, ended);
            co_return ids;
        };
        return runtime_.block_on(scratch_->get().transact(deadline_in(std::chrono::seconds(20)), work));
    }

    notification row(std::int64_t id) {
        return *runtime_.block_on(
            notification_store::find(scratch_->get(), id, deadline_in(std::chrono::seconds(10)))
        );
    }

    // The same request by several at once; the sum of what they redrove.
    std::int64_t redrive_at_once(int callers, const bj::object& asked) {
        dead_events();  // the routes are there before the threads are
        std::atomic<std::int64_t> sum{0};
        std::vector<std::thread> all;
        for (int i = 0; i < callers; ++i) {
            all.emplace_back([&] { sum += number(redrive(asked), "redriven"); });
        }
        for (auto& each : all) each.join();
        return sum;
    }
};

}  // namespace esm::notifications::dead_letters
