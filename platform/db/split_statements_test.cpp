// A migration file's statements.
#include "platform/db/split_statements.hpp"

#include <gmock/gmock.h>

namespace esm::db {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(split_statements, a_semicolon_at_the_end_of_a_line_ends_one) {
    EXPECT_THAT(
        split_statements(
            "-- a; comment;\nCREATE TABLE a (\n  x int -- not; here\n);  \r\n\nINSERT INTO a VALUES (';');\n"
        ),
        ElementsAre("CREATE TABLE a (\n  x int -- not; here\n)", "INSERT INTO a VALUES (';')")
    );
}

TEST(split_statements, the_last_one_needs_no_semicolon) {
    EXPECT_THAT(split_statements("SELECT 1;\nSELECT 2\n"), ElementsAre("SELECT 1", "SELECT 2"));
}

TEST(split_statements, nothing_gives_nothing) {
    EXPECT_THAT(split_statements(""), IsEmpty());
    EXPECT_THAT(split_statements("\n-- nothing\n;\n"), IsEmpty());
}

TEST(split_statements, the_body_of_a_function_stays_whole) {
    EXPECT_THAT(
        split_statements("CREATE FUNCTION f() AS $$\nBEGIN\n    x;\nEND\n$$;\nSELECT 1;\n"),
        ElementsAre("CREATE FUNCTION f() AS $$\nBEGIN\n    x;\nEND\n$$", "SELECT 1")
    );
    EXPECT_THAT(
        split_statements("CREATE FUNCTION f()\nAS $$ BEGIN x; END $$;\nSELECT 1;\n"),
        ElementsAre("CREATE FUNCTION f()\nAS $$ BEGIN x; END $$", "SELECT 1")
    );
}

}  // namespace esm::db
