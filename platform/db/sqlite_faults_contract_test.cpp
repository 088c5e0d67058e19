// A SQLite file that is full, missing its folder, or no database at all.
#include <filesystem>
#include <fstream>

#include "platform/db/contract_fixture.hpp"

namespace esm::db {

namespace {

using sqlite_faults = contract;

constexpr auto set_note = both("set_note", "UPDATE item SET note = $1 WHERE id = 1");
constexpr auto limit_pages = both("limit_pages", "PRAGMA max_page_count = 20");

}  // namespace

TEST_P(sqlite_faults, a_full_file_is_storage_full_and_reads_go_on) {
    run([&] { return target().query(soon(), insert_item, 1, "one"); });
    const auto limit = [](transaction& tx) { return tx.query(limit_pages); };
    run([&] { return target().transact(soon(), limit); });
    const std::string large(1'000'000, 'x');
    EXPECT_THROW(run([&] { return target().query(soon(), set_note, large); }), storage_full);
    const auto in_transaction = [&](transaction& tx) -> awaitable<bool> {
        tx.exec(insert_item, 2, "two");
        tx.exec(set_note, large);
        co_return true;
    };
    EXPECT_THROW(run([&] { return target().transact(soon(), in_transaction); }), storage_full);
    EXPECT_EQ(count(), 1);
    EXPECT_NO_THROW(run([&] { return target().query(soon(), insert_item, 2, "two"); }));
}

TEST_P(sqlite_faults, folders_are_made_and_a_bad_file_is_unavailable) {
    const std::filesystem::path file(scratch_.url().substr(std::string_view("sqlite://").size()));
    const auto folder = file.parent_path() / "new" / "folders";
    const auto made = open(runtime_, {.url = fmt::format("sqlite://{}/x.db", folder.string())});
    EXPECT_TRUE(run([&] { return made->is_ready(soon()); }));
    EXPECT_TRUE(std::filesystem::exists(folder / "x.db"));
    std::ofstream(folder / "text.db") << std::string(10'000, 'x');
    const auto bad = open(runtime_, {.url = fmt::format("sqlite://{}/text.db", folder.string())});
    EXPECT_THROW(run([&] { return bad->query(soon(), count_items); }), unavailable);
    const auto under_a_file = open(runtime_, {.url = fmt::format("sqlite://{}/x.db/y.db", folder.string())});
    EXPECT_FALSE(run([&] { return under_a_file->is_ready(soon()); }));
}

TEST_P(sqlite_faults, one_text_holds_one_statement) {
    constexpr static auto two = both("two", "SELECT 1; SELECT 2");
    EXPECT_THROW(run([&] { return target().query(soon(), two); }), query_failed);
    constexpr static auto wants_two = both("wants_two", "SELECT $1, $2");
    EXPECT_THROW(run([&] { return target().query(soon(), wants_two, 1); }), query_failed);
}

INSTANTIATE_TEST_SUITE_P(databases, sqlite_faults, ::testing::Values(dialect::sqlite), dialect_name);

}  // namespace esm::db
