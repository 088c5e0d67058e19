// A user's own export of tasks, on both databases: all of them, whole, in pages that no message limit stops.
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/export_tasks.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks {
namespace {

class task_export_contract : public task_parts {
protected:
    result<personal_data::export_page> page(std::int64_t user_id, std::string cursor) {
        return runtime_.block_on(export_tasks(database(), user_id, std::move(cursor), soon()));
    }

    // The tasks on all pages.
    boost::json::array exported(std::int64_t user_id) {
        std::string text, cursor;
        pages_ = 0;
        do {
            auto next = page(user_id, cursor);
            EXPECT_TRUE(next.has_value());
            EXPECT_LT(next->json.size(), 4UL * 1024 * 1024) << "a gRPC message carries no more";
            text += next->json;
            cursor = next->next_cursor;
            ++pages_;
        } while (!cursor.empty());
        return boost::json::parse(text).at("tasks").as_array();
    }

    void complete(const task& made, std::size_t result_bytes) {
        const auto text = "\"ü" + std::string(result_bytes, 'r') + "\"";
        EXPECT_TRUE(end(claimed(made), happening::completed, text).has_value());
    }

    int pages_{0};
};

TEST_P(task_export_contract, nothing_is_an_empty_list) {
    created(of_type("a", 1002));
    EXPECT_TRUE(exported(1001).empty());
    EXPECT_EQ(pages_, 1);
}

TEST_P(task_export_contract, shows_every_task_as_it_is_and_nobody_elses) {
    std::vector<boost::json::value> expected;
    for (int i = 0; i < 700; ++i) {
        auto given = of_type("a");
        given.tags = {std::to_string(i)};
        const auto made = created(given);
        expected.insert(expected.begin(), boost::json::parse(task_body(made)).at("task"));
    }
    created(of_type("a", 1002));
    const auto found = exported(1001);
    EXPECT_EQ(found, boost::json::array(expected.begin(), expected.end()));
    EXPECT_EQ(pages_, 2);
}

TEST_P(task_export_contract, large_results_are_whole) {
    const std::vector<std::size_t> sizes{
        10, 100UL * 1024, 1024UL * 1024, 9UL * 1024 * 1024, 20, 2UL * 1024 * 1024
    };
    for (const auto size : sizes) complete(created(of_type("a")), size);
    const auto found = exported(1001);
    ASSERT_EQ(found.size(), sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const auto& text = found[sizes.size() - 1 - i].at("result").as_string();
        EXPECT_EQ(text.size(), sizes[i] + 2);
    }
    EXPECT_GE(pages_, 6);
}

TEST_P(task_export_contract, a_cursor_of_another_export_is_refused) {
    complete(created(of_type("a")), 3UL * 1024 * 1024);
    const auto first = page(1001, {});
    ASSERT_FALSE(first->next_cursor.empty());
    EXPECT_EQ(page(1002, first->next_cursor).error().code, errc::invalid_cursor);
    EXPECT_EQ(page(1001, "made up").error().code, errc::invalid_cursor);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    task_export_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
