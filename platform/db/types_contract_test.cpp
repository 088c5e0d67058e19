// Every type of parameter and cell goes to both databases and comes back the same.
#include <limits>

#include "platform/db/contract_fixture.hpp"

namespace esm::db {

namespace {

constexpr auto insert_full =
    both("insert_full", "INSERT INTO item (id, name, note, amount, done) VALUES ($1, $2, $3, $4, $5)");
constexpr auto list_in_order = both("list_in_order", "SELECT id, name, note FROM item ORDER BY id");
constexpr auto update_all = both("update_all", "UPDATE item SET note = $1 WHERE id >= $2");
constexpr statement select_ids{
    "select_ids",
    "SELECT id FROM item WHERE id = ANY($1::bigint[]) ORDER BY id",
    "SELECT id FROM item WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id"
};
constexpr statement select_names{
    "select_names",
    "SELECT id FROM item WHERE name = ANY($1::text[]) ORDER BY id",
    "SELECT id FROM item WHERE name IN (SELECT value FROM json_each($1)) ORDER BY id"
};

const std::string awkward =
    "quote \" apostrophe ' backslash \\ braces {a,b} comma, NULL newline\n tab\t € 😀 {}";

class types : public contract {
protected:
    void insert(
        std::int64_t id, const std::string& name, std::optional<std::string> note, double amount, bool done
    ) {
        run([&] { return target().query(soon(), insert_full, id, name, note, amount, done); });
    }
    rows select(std::int64_t id) {
        return run([&] { return target().query(soon(), select_item, id); });
    }
};

}  // namespace

TEST_P(types, every_cell_comes_back) {
    insert(1, awkward, "", 0.1, true);
    const auto found = select(1);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().integer(0), 1);
    EXPECT_EQ(found.front().view(1), awkward);
    EXPECT_FALSE(found.front().is_null(2));
    EXPECT_EQ(found.front().optional_text(2), "");
    EXPECT_EQ(found.front().real(3), 0.1);
    EXPECT_TRUE(found.front().boolean(4));
}

TEST_P(types, extremes_and_null_come_back) {
    const auto least = std::numeric_limits<std::int64_t>::min();
    insert(least, "least", std::nullopt, -1.0 / 3.0, false);
    const auto found = select(least);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().integer(0), least);
    EXPECT_TRUE(found.front().is_null(2));
    EXPECT_EQ(found.front().optional_text(2), std::nullopt);
    EXPECT_EQ(found.front().real(3), -1.0 / 3.0);
    EXPECT_FALSE(found.front().boolean(4));
    EXPECT_THROW(found.front().integer(1), std::runtime_error);
    EXPECT_THROW(found.front().integer(2), std::runtime_error);
}

TEST_P(types, lists_select_by_any) {
    insert(1, "a,b", std::nullopt, 0, false);
    insert(2, "c\"d", std::nullopt, 0, false);
    insert(3, awkward, std::nullopt, 0, false);
    const auto by_id = run([&] { return target().query(soon(), select_ids, integer_list{3, 1, 99}); });
    ASSERT_EQ(by_id.size(), 2U);
    EXPECT_EQ(by_id[1].integer(0), 3);
    const auto by_name =
        run([&] { return target().query(soon(), select_names, text_list{"c\"d", awkward}); });
    ASSERT_EQ(by_name.size(), 2U);
    EXPECT_EQ(by_name[0].integer(0), 2);
    EXPECT_TRUE(run([&] { return target().query(soon(), select_ids, integer_list{}); }).empty());
}

TEST_P(types, bulk_columns_with_nulls_return_their_rows_in_order) {
    const auto insert_three = [](transaction& tx) -> awaitable<rows> {
        co_return co_await tx.query_bulk(
            bulk_insert,
            {integer_list{7, 5, 6},
             text_list{"seven", awkward, "six, {\"x\": \"\\\\\"}"},
             nullable_texts{"note", std::nullopt, "NULL"}}
        );
    };
    const auto returned = run([&] { return target().transact(soon(), insert_three); });
    ASSERT_EQ(returned.size(), 3U);
    EXPECT_EQ(returned[0].integer(0), 7);
    EXPECT_EQ(returned[1].view(1), awkward);
    EXPECT_EQ(returned.affected(), 3);
    const auto found = run([&] { return target().query(soon(), list_in_order); });
    ASSERT_EQ(found.size(), 3U);
    EXPECT_TRUE(found[0].is_null(2));
    EXPECT_EQ(found[1].view(1), "six, {\"x\": \"\\\\\"}");
    EXPECT_EQ(found[1].optional_text(2), "NULL");
}

TEST_P(types, empty_bulk_does_nothing) {
    const auto nothing = [](transaction& tx) -> awaitable<rows> {
        tx.exec_bulk(bulk_insert, {integer_list{}, text_list{}, nullable_texts{}});
        co_return co_await tx.query_bulk(bulk_insert, {integer_list{}, text_list{}, nullable_texts{}});
    };
    EXPECT_TRUE(run([&] { return target().transact(soon(), nothing); }).empty());
    EXPECT_EQ(count(), 0);
}

TEST_P(types, affected_counts_changes_only) {
    insert(1, "one", std::nullopt, 0, false);
    insert(2, "two", std::nullopt, 0, false);
    EXPECT_EQ(run([&] { return target().query(soon(), update_all, "x", 1); }).affected(), 2);
    EXPECT_EQ(run([&] { return target().query(soon(), update_all, "x", 9); }).affected(), 0);
    EXPECT_EQ(run([&] { return target().query(soon(), list_in_order); }).affected(), 0);
}

TEST_P(types, nul_is_refused_before_it_is_sent) {
    const std::string with_nul("a\0b", 3);
    try {
        insert(1, with_nul, std::nullopt, 0, false);
        FAIL() << "a NUL was taken";
    } catch (const query_failed& failure) {
        EXPECT_EQ(failure.sqlstate(), "22021");
    }
    const auto deferred = [&](transaction& tx) -> awaitable<bool> {
        tx.exec(insert_item, 1, "fine");
        tx.exec(insert_item, 2, with_nul);
        co_return true;
    };
    EXPECT_THROW(run([&] { return target().transact(soon(), deferred); }), query_failed);
    EXPECT_EQ(count(), 0);
}

TEST_P(types, a_megabyte_goes_both_ways) {
    std::string large(3'000'000, 'x');
    large[1'500'000] = '"';
    insert(1, "large", large, 0, false);
    EXPECT_EQ(select(1).front().view(2), large);
}

INSTANTIATE_TEST_SUITE_P(databases, types, both_dialects, dialect_name);

}  // namespace esm::db
