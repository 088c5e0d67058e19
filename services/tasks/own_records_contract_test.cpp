// The records of a task's own user as files, on both databases: whole, oldest first, nobody else's, bounded.
#include <gmock/gmock.h>

#include <fstream>

#include "services/tasks/attempt_work.hpp"
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/export_tasks.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks {
namespace {

using personal_data::export_page;
using ::testing::HasSubstr;

class own_records_contract : public task_parts {
protected:
    record_sources sources(personal_data::read_page notifications, std::uint64_t max_bytes = 100'000'000) {
        auto tasks = [this](const context& ctx, std::int64_t user_id, std::string cursor) {
            return export_tasks(database(), user_id, std::move(cursor), ctx.until);
        };
        return {runtime_, tasks, std::move(notifications), max_bytes};
    }

    // Pages of five bytes.
    static personal_data::read_page pages_of(std::string text) {
        return [text = std::move(text)](
                   const context&, std::int64_t user_id, std::string cursor
               ) -> awaitable<result<export_page>> {
            EXPECT_EQ(user_id, 1001);
            const std::size_t from = cursor.empty() ? 0 : std::stoul(cursor);
            export_page page{text.substr(from, 5), {}};
            if (from + 5 < text.size()) page.next_cursor = std::to_string(from + 5);
            co_return page;
        };
    }

    static std::string content(const local_file& file) {
        std::ifstream from(file.path, std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }

    void complete(std::int64_t id, std::size_t result_bytes) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            auto rows = co_await task_store::lock(tx, {id});
            EXPECT_TRUE(apply(rows.front(), happening::claimed, {.now = 1}));
            const auto text = "\"" + std::string(result_bytes, 'r') + "\"";
            EXPECT_TRUE(apply(rows.front(), happening::completed, {.now = 2, .result = text}));
            co_await task_store::save(tx, rows);
            co_return true;
        });
    }

    run_control control_{nullptr, run_control::clock::now() + std::chrono::minutes(5)};
    task running_ = created(of_type("reads"));
};

TEST_P(own_records_contract, tasks_come_whole_and_oldest_first) {
    std::string expected = boost::json::serialize(boost::json::parse(task_body(running_)).at("task")) + "\n";
    for (int i = 0; i < 600; ++i) {
        const auto made = created(of_type(i % 2 == 0 ? "a" : "b"));
        expected += boost::json::serialize(boost::json::parse(task_body(made)).at("task")) + "\n";
    }
    created(of_type("a", 1002));
    const auto from = sources(pages_of("{}"));
    attempt_work work(running_, control_, nullptr, &from);
    const auto file = work.records(own_records::tasks);
    ASSERT_TRUE(file.has_value());
    std::string found;
    std::istringstream lines(content(*file));
    for (std::string line; std::getline(lines, line);) {
        found += boost::json::serialize(boost::json::parse(line)) + "\n";
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(file->media_type, "application/x-ndjson");
    EXPECT_EQ(file->bytes, std::filesystem::file_size(file->path));
    EXPECT_EQ(file->path.parent_path(), work.scratch());
    created(of_type("later"));
    EXPECT_EQ(work.records(own_records::tasks)->bytes, file->bytes) << "read once an attempt";
}

TEST_P(own_records_contract, large_results_are_whole) {
    constexpr std::size_t size = 5UL * 1024 * 1024;
    complete(created(of_type("a")).id, size);
    complete(created(of_type("a")).id, 10);
    const auto from = sources({});
    attempt_work work(running_, control_, nullptr, &from);
    std::istringstream lines(content(work.records(own_records::tasks).value()));
    std::vector<std::size_t> sizes;
    for (std::string line; std::getline(lines, line);) {
        const auto shown = boost::json::parse(line);
        if (shown.at("result").is_string()) sizes.push_back(shown.at("result").as_string().size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{size, 10}));
}

TEST_P(own_records_contract, notifications_come_from_their_service) {
    const auto from = sources(pages_of(R"({"contact":{"a":[1]},"notifications":[{"n":2},{"n":"ü]"}]})"));
    attempt_work work(running_, control_, nullptr, &from);
    EXPECT_EQ(content(work.records(own_records::notifications).value()), "{\"n\":\"ü]\"}\n{\"n\":2}\n");
}

TEST_P(own_records_contract, more_than_the_limit_is_refused) {
    for (int i = 0; i < 10; ++i) created(of_type("a"));
    const auto from = sources({}, 1000);
    attempt_work work(running_, control_, nullptr, &from);
    const auto refused = work.records(own_records::tasks);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::payload_too_large);
    EXPECT_THAT(refused.error().detail, HasSubstr("tasks.records_max_bytes"));
}

TEST_P(own_records_contract, an_export_without_its_end_is_none) {
    const auto from = sources(pages_of(R"({"notifications":[{"n":2},{"n")"));
    attempt_work work(running_, control_, nullptr, &from);
    EXPECT_EQ(work.records(own_records::notifications).error().code, errc::unavailable);
}

TEST_P(own_records_contract, a_service_that_is_away_says_so_and_one_that_hangs_is_left) {
    auto from = sources([](const context&, std::int64_t, std::string) -> awaitable<result<export_page>> {
        co_return fail(errc::unavailable, "notifications.grpc_targets is not set");
    });
    attempt_work work(running_, control_, nullptr, &from);
    EXPECT_EQ(
        work.records(own_records::notifications).error().detail, "notifications.grpc_targets is not set"
    );

    from.notifications = [](const context&, std::int64_t, std::string) -> awaitable<result<export_page>> {
        asio::steady_timer forever(co_await asio::this_coro::executor, std::chrono::hours(1));
        co_await forever.async_wait(asio::use_awaitable);
        co_return export_page{};
    };
    control_.cancel();
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(work.records(own_records::notifications).error().code, errc::deadline_exceeded);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    own_records_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
