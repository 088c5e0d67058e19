// For tests: the whole notification service on a scratch database and an embedded event log of its own, with
// what a test needs to push events in and to look at what comes out.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "platform/base/random.hpp"
#include "platform/events/event_log.hpp"
#include "platform/testing/open_gate.hpp"
#include "platform/testing/scratch_database.hpp"
#include "services/notifications/get_notification.hpp"
#include "services/notifications/service.hpp"

namespace esm::notifications {

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

class service_fixture : public ::testing::TestWithParam<db::dialect> {
protected:
    service_fixture() {
        runtime_.start();
        std::filesystem::create_directories(folder_);
        scratch_.emplace(runtime_, GetParam(), service::migrations());
        log_ = events::open_embedded(runtime_, (folder_ / "events.db").string());
        settings_.mailbox_dir = (folder_ / "mailbox").string();
        settings_.backoff_first_ms = 20;
        settings_.channel_pause_max_ms = 200;
    }

    ~service_fixture() override {
        stop_service();
        log_.reset();
        scratch_.reset();
        std::filesystem::remove_all(folder_);
    }

    void start_service() {
        // As a new process has them: gauges look at the service that made them.
        service_.reset();
        metrics_ = std::make_unique<observe::metrics>("notifications");
        service_.emplace(service_deps{
            runtime_, scratch_->get(), *log_, *metrics_, settings_, callers_, code_key_, revoked_
        });
        service_->start();
    }

    void stop_service() {
        if (!service_) return;
        runtime_.block_on(service_->stop());
        service_.reset();
    }

    events::event user_event(std::int64_t user_id, std::string_view name) {
        const auto data = fmt::format(
            R"({{"userId":{0},"username":"{1}","email":"{1}@example.org","firstName":"{1}","locale":null}})",
            user_id,
            name
        );
        return made("user-registration-events", "user.registered.v1", "/users", user_id, data);
    }

    static events::event deletion(std::int64_t user_id) {
        const auto data =
            fmt::format(R"({{"userId":{},"deletedAt":"2025-01-01T00:00:00.000000Z"}})", user_id);
        return made("user-registration-events", "user.deleted.v1", "/users", user_id, data);
    }

    events::event task_event(
        std::int64_t task_id, std::int64_t user_id, std::string_view type = "task.completed.v1"
    ) {
        const auto data = fmt::format(
            R"({{"taskId":{0},"taskReference":"TASK{0}","taskType":"demo","userId":{1},)"
            R"("errorMessage":"boom"}})",
            task_id,
            user_id
        );
        return made("task-processing-events", type, "/tasks", task_id, data);
    }

    static events::event made(
        std::string_view topic,
        std::string_view type,
        std::string_view source,
        std::int64_t key,
        std::string data
    ) {
        trace_context trace;
        trace.request_id = trace.correlation_id = fmt::format("correlation-{}-{}", type, key);
        return events::make_event(topic, type, source, std::to_string(key), 1, std::move(data), trace);
    }

    void publish(std::vector<events::event> batch) {
        for (const bool durable :
             runtime_.block_on(log_->publish(std::move(batch), std::chrono::seconds(5)))) {
            ASSERT_TRUE(durable);
        }
    }

    template <class Condition>
    static bool eventually(Condition condition, std::chrono::seconds patience = std::chrono::seconds(20)) {
        const auto until = deadline_in(patience);
        while (std::chrono::steady_clock::now() < until) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return condition();
    }

    // All notifications, oldest first.
    std::vector<notification> rows() {
        auto found = runtime_.block_on(notification_store::list(
            scratch_->get(),
            {},
            std::numeric_limits<std::int64_t>::max(),
            1000,
            deadline_in(std::chrono::seconds(10))
        ));
        std::reverse(found.begin(), found.end());
        return found;
    }

    std::vector<notification> rows_of(std::string_view channel) {
        auto found = rows();
        std::erase_if(found, [&](const notification& each) { return each.channel != channel; });
        return found;
    }

    // On every channel, or on the one given.
    std::size_t count(status wanted, std::string_view channel = {}) {
        const auto all = channel.empty() ? rows() : rows_of(channel);
        return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& each) {
            return each.status == wanted;
        }));
    }

    template <class Work>
    auto transact(Work work) {
        return runtime_.block_on(
            scratch_->get().transact(deadline_in(std::chrono::seconds(10)), std::move(work))
        );
    }

    std::vector<attempt> attempts_of(std::int64_t id) {
        return runtime_.block_on(
            notification_store::list_attempts(scratch_->get(), id, deadline_in(std::chrono::seconds(10)))
        );
    }

    std::vector<std::filesystem::path> files(const std::filesystem::path& folder) {
        std::vector<std::filesystem::path> found;
        std::error_code missing;
        for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
            if (entry.path().extension() == ".eml") found.push_back(entry.path());
        }
        std::sort(found.begin(), found.end());
        return found;
    }
    std::vector<std::filesystem::path> mails() { return files(folder_ / "mailbox"); }

    // What is on a topic within five seconds, or as soon as `wanted` events are there.
    std::vector<events::event> published(
        std::string topic,
        std::size_t wanted,
        const std::function<bool(const events::event&)>& counted = [](const auto&) { return true; }
    ) {
        const auto reader = log_->subscribe("test-" + random_hex(4), {std::move(topic)});
        std::vector<events::event> seen;
        const auto until = deadline_in(std::chrono::seconds(5));
        while (seen.size() < wanted && std::chrono::steady_clock::now() < until) {
            for (auto& each : runtime_.block_on(reader->poll(100, std::chrono::milliseconds(200)))) {
                if (counted(each.value)) seen.push_back(std::move(each.value));
            }
        }
        return seen;
    }

    // What the service tells of one channel.
    std::vector<events::event> told_of(std::string_view channel, std::size_t wanted) {
        return published("notification-events", wanted, [channel](const events::event& each) {
            return boost::json::parse(each.data).at("channel").as_string() == channel;
        });
    }

    async::runtime runtime_{2};
    const std::filesystem::path folder_{
        std::filesystem::temp_directory_path() / ("esm-mail-" + random_hex(6))
    };
    std::unique_ptr<observe::metrics> metrics_{std::make_unique<observe::metrics>("notifications")};
    config settings_;
    grpc_server::gate callers_{esm::testing::open_gate(runtime_)};
    const security::master_key code_key_{security::master_key::from_hex(std::string(64, 'c'))};
    security::revocations revoked_;
    std::optional<esm::testing::scratch_database> scratch_;
    std::unique_ptr<events::event_log> log_;
    std::optional<service> service_;
};

}  // namespace esm::notifications
