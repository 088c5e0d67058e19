// What the contract suite of both drivers runs on: a runtime of two shards and a scratch database with one
// table, "item".
#pragma once

#include <gtest/gtest.h>

#include <array>

#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"

namespace esm::db {

inline constexpr std::array item_migrations{migration{
    1,
    "item",
    R"(CREATE TABLE item (
        id bigint PRIMARY KEY,
        name text NOT NULL UNIQUE,
        note text,
        amount double precision,
        done boolean,
        parent bigint REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED
    );
    CREATE INDEX item_amount ON item (amount);)",
    R"(CREATE TABLE item (
        id integer PRIMARY KEY,
        name text NOT NULL UNIQUE,
        note text,
        amount double precision,
        done boolean,
        parent bigint REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED
    );
    CREATE INDEX item_amount ON item (amount);)"
}};

// The same text on both databases.
consteval statement both(std::string_view name, std::string_view text) {
    return {name, text, text};
}

inline constexpr auto insert_item = both("insert_item", "INSERT INTO item (id, name) VALUES ($1, $2)");
inline constexpr auto insert_child =
    both("insert_child", "INSERT INTO item (id, name, parent) VALUES ($1, $2, $3)");
inline constexpr auto select_item =
    both("select_item", "SELECT id, name, note, amount, done FROM item WHERE id = $1");
inline constexpr auto count_items = both("count_items", "SELECT count(*) FROM item");
inline constexpr auto break_syntax = both("break_syntax", "SELEC nothing");

inline constexpr statement bulk_insert{
    "bulk_insert",
    "INSERT INTO item (id, name, note) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) RETURNING "
    "id, name",
    "INSERT INTO item (id, name, note) VALUES ($1, $2, $3) RETURNING id, name"
};

class contract : public ::testing::TestWithParam<dialect> {
protected:
    database& target() { return scratch_.get(); }

    // Runs a coroutine function on shard 0 and waits for it.
    template <class Work>
    auto run(Work work) {
        return runtime_.block_on(work());
    }

    std::int64_t count() {
        return run([this] { return target().query(soon(), count_items); }).front().integer(0);
    }

    // Polls for up to 20 s.
    static bool eventually(const std::function<bool()>& holds) {
        for (int i = 0; i < 2000; ++i) {
            if (holds()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    static deadline soon() { return deadline_in(std::chrono::seconds(30)); }

    esm::testing::started_runtime runtime_;
    testing::scratch_database scratch_{runtime_, GetParam(), {{"item", item_migrations}}};
};

inline std::string dialect_name(const ::testing::TestParamInfo<dialect>& info) {
    return info.param == dialect::postgres ? "postgres" : "sqlite";
}

inline const auto both_dialects = ::testing::Values(dialect::postgres, dialect::sqlite);

}  // namespace esm::db
