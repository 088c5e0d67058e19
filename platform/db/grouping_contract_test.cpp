// Group commit, group read and id blocks on both databases.
#include <boost/asio/use_future.hpp>
#include <set>

#include "platform/db/contract_fixture.hpp"
#include "platform/db/group_commit.hpp"
#include "platform/db/id_block.hpp"
#include "platform/db/sql.hpp"

namespace esm::db {

namespace {

struct new_item {
    std::int64_t id;
    std::string name;
};

class grouping : public contract {
protected:
    using commits = group_commit<new_item, std::int64_t>;

    using maker = std::function<awaitable<void>(int)>;

    // Runs `count` coroutines at once, made by `make(i)` and spread over the first `shards` shards; waits for
    // all.
    void run_all(int count, unsigned shards, const maker& make) {
        const auto start = [&]() -> awaitable<std::vector<std::future<void>>> {
            std::vector<std::future<void>> started;
            for (int i = 0; i < count; ++i) {
                auto& context = runtime_.at(static_cast<unsigned>(i) % shards);
                started.push_back(asio::co_spawn(context, make(i), asio::use_future));
            }
            co_return started;
        };
        auto started = run(start);
        for (auto& each : started) each.wait();
        for (auto& each : started) each.get();
    }

    awaitable<std::vector<std::int64_t>> flush(transaction& tx, std::vector<new_item>& items) {
        integer_list ids;
        text_list names;
        for (auto& each : items) {
            ids.push_back(each.id);
            names.push_back(std::move(each.name));
        }
        batches_.push_back(items.size());
        const nullable_texts notes(items.size());
        const auto inserted = co_await tx.query_bulk(bulk_insert, {ids, names, notes});
        std::vector<std::int64_t> answers;
        for (const auto row : inserted) answers.push_back(row.integer(0));
        co_return answers;
    }

    commits::flush_function flusher() {
        return [this](transaction& tx, std::vector<new_item>& items) { return flush(tx, items); };
    }

    std::vector<std::size_t> batches_;  // used from one shard only
};

}  // namespace

TEST_P(grouping, every_item_gets_its_own_answer_after_its_commit) {
    commits grouped(runtime_, target(), flusher(), {.batch_max = 50});
    std::vector<std::int64_t> answers(200);
    run_all(200, 1, [&](int i) -> awaitable<void> {
        answers[i] = (co_await grouped.submit({i, fmt::format("n{}", i)}, soon())).value();
    });
    for (int i = 0; i < 200; ++i) EXPECT_EQ(answers[i], i);
    EXPECT_EQ(count(), 200);
    EXPECT_LE(batches_.size(), 6U);
    EXPECT_LE(*std::max_element(batches_.begin(), batches_.end()), 50U);
}

TEST_P(grouping, one_bad_item_fails_alone) {
    commits grouped(runtime_, target(), flusher(), {});
    std::atomic<int> written{0}, refused{0};
    run_all(30, 1, [&](int i) -> awaitable<void> {
        const auto name = fmt::format("n{}", i == 15 ? 1 : i);
        try {
            EXPECT_EQ((co_await grouped.submit({i, name}, soon())).value(), i);
            ++written;
        } catch (const query_failed& failure) {
            EXPECT_EQ(failure.sqlstate(), "23505");
            ++refused;
        }
    });
    EXPECT_EQ(written, 29);
    EXPECT_EQ(refused, 1);
    EXPECT_EQ(count(), 29);
}

TEST_P(grouping, a_full_lane_refuses_and_a_late_item_is_not_written) {
    commits grouped(runtime_, target(), flusher(), {.batch_max = 1, .queue_max = 4});
    std::atomic<int> written{0}, refused{0};
    run_all(20, 1, [&](int i) -> awaitable<void> {
        const auto answer = co_await grouped.submit({i, fmt::format("n{}", i)}, soon());
        if (answer) ++written;
        if (!answer && answer.error().code == errc::overloaded) ++refused;
    });
    EXPECT_EQ(written + refused, 20);
    EXPECT_EQ(count(), written);
    const auto late = [&]() { return grouped.submit({1000, "late"}, deadline_in(std::chrono::seconds(-1))); };
    EXPECT_EQ(run(late).error().code, errc::deadline_exceeded);
    EXPECT_EQ(count(), written);
}

TEST_P(grouping, reads_by_key_find_what_is_there) {
    run([&] { return target().query(soon(), insert_item, 1, "one"); });
    run([&] { return target().query(soon(), insert_item, 2, "two"); });
    std::atomic<int> reads{0};
    const auto read = [&](deadline until, std::vector<std::int64_t> keys
                      ) -> awaitable<std::vector<std::pair<std::int64_t, std::string>>> {
        ++reads;
        std::vector<std::pair<std::int64_t, std::string>> found;
        for (const auto key : keys) {
            const auto rows = co_await target().query(until, select_item, key);
            if (!rows.empty()) found.emplace_back(key, rows.front().text(1));
        }
        co_return found;
    };
    group_read<std::int64_t, std::string> grouped(runtime_, read, {});
    run_all(90, 2, [&](int i) -> awaitable<void> {
        const auto found = (co_await grouped.get(i % 3, soon())).value();
        if (i % 3 == 0) EXPECT_EQ(found, std::nullopt);
        if (i % 3 == 1) EXPECT_EQ(found, "one");
        if (i % 3 == 2) EXPECT_EQ(found, "two");
    });
    EXPECT_LT(reads, 60);
}

TEST_P(grouping, ids_are_unique_over_shards_and_instances) {
    testing::scratch_database ids(runtime_, GetParam(), {{"id_block", migrations}});
    id_block one(runtime_, ids.get(), "thing", 100, 16);
    id_block other(runtime_, ids.get(), "thing", 100, 16);
    std::mutex mutex;
    std::set<std::int64_t> seen;
    run_all(400, 2, [&](int i) -> awaitable<void> {
        const auto id = co_await (i % 4 < 2 ? one : other).next(soon());
        const std::lock_guard lock(mutex);
        seen.insert(id);
    });
    EXPECT_EQ(seen.size(), 400U);
    EXPECT_GE(*seen.begin(), 100);
    EXPECT_LE(*seen.rbegin(), 100 + 400 + 4 * 16);
}

INSTANTIATE_TEST_SUITE_P(databases, grouping, both_dialects, dialect_name);

}  // namespace esm::db
