// Migrations run once, whoever starts them, and refuse what was changed.
#include <boost/asio/use_future.hpp>

#include "platform/db/contract_fixture.hpp"

namespace esm::db {

namespace {

using migrating = contract;

constexpr std::string_view first_text = "CREATE TABLE a (x bigint);\nCREATE TABLE b (x bigint)";
constexpr std::string_view second_text =
    "-- more;\nALTER TABLE a ADD COLUMN y text;\n\nINSERT INTO a (x, y) VALUES (1, ';');\n";
constexpr std::array one_step{migration{1, "first", first_text, first_text}};
constexpr std::array two_steps{
    migration{1, "first", first_text, first_text}, migration{2, "second", second_text, second_text}
};
constexpr std::array changed_step{
    migration{1, "first", "CREATE TABLE a (z bigint)", "CREATE TABLE a (z bigint)"}
};
constexpr std::array broken_step{migration{
    1, "broken", "CREATE TABLE c (x bigint);\nCREATE TABL d;", "CREATE TABLE c (x bigint);\nCREATE TABL d;"
}};
constexpr auto read_a = both("read_a", "SELECT x, y FROM a");
constexpr auto read_c = both("read_c", "SELECT x FROM c");

std::vector<migration_set> set_of(std::span<const migration> migrations) {
    return {{"extra", migrations}};
}

}  // namespace

TEST_P(migrating, each_step_runs_once_in_order) {
    const auto first = set_of(one_step);
    const auto both_steps = set_of(two_steps);
    EXPECT_EQ(run([&] { return migrate(target(), first, soon()); }), 1);
    EXPECT_EQ(run([&] { return migrate(target(), first, soon()); }), 0);
    EXPECT_EQ(run([&] { return migrate(target(), both_steps, soon()); }), 1);
    EXPECT_EQ(run([&] { return migrate(target(), both_steps, soon()); }), 0);
    const auto found = run([&] { return target().query(soon(), read_a); });
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().view(1), ";");
}

TEST_P(migrating, a_changed_step_and_a_newer_database_are_refused) {
    const auto both_steps = set_of(two_steps);
    const auto changed = set_of(changed_step);
    const auto older = set_of(one_step);
    run([&] { return migrate(target(), both_steps, soon()); });
    EXPECT_THROW(run([&] { return migrate(target(), changed, soon()); }), migration_failed);
    EXPECT_THROW(run([&] { return migrate(target(), older, soon()); }), migration_failed);
}

TEST_P(migrating, a_broken_step_leaves_nothing) {
    const auto broken = set_of(broken_step);
    EXPECT_THROW(run([&] { return migrate(target(), broken, soon()); }), query_failed);
    EXPECT_THROW(run([&] { return target().query(soon(), read_c); }), query_failed);
}

TEST_P(migrating, several_at_once_apply_each_step_once) {
    const auto sets = set_of(two_steps);
    std::vector<std::future<int>> started;
    for (unsigned i = 0; i < 6; ++i) {
        auto& context = runtime_.at(i % runtime_.size());
        started.push_back(asio::co_spawn(context, migrate(target(), sets, soon()), asio::use_future));
    }
    int applied = 0;
    for (auto& each : started) applied += each.get();
    EXPECT_EQ(applied, 2);
}

INSTANTIATE_TEST_SUITE_P(databases, migrating, both_dialects, dialect_name);

}  // namespace esm::db
