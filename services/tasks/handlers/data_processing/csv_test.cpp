// CSV as RFC 4180 has it, and what is said where it is not.
#include "services/tasks/handlers/data_processing/csv.hpp"

#include <gtest/gtest.h>

namespace esm::tasks::data_processing {
namespace {

using namespace std::string_view_literals;

constexpr csv_limits wide{100, 100};

// Cells joined by "|", rows by newlines; numbers are shown as they are written.
std::string shown(const table& rows) {
    std::string text;
    for (const auto& row : rows.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) text += '|';
            append_cell(text, row[i]);
        }
        text += '\n';
    }
    return text;
}

std::string read(std::string_view text, csv_limits limits = wide) {
    table rows;
    const auto done = read_csv(text, limits, rows);
    return done ? shown(rows) : done.error().detail;
}

TEST(csv, cells_and_their_types) {
    EXPECT_EQ(read("a,b,c\n1,x,\n"), "1|\"x\"|null\n");
    EXPECT_EQ(
        read("a\n-2.50\n1e3\n007\n1.\n.5\n+1\nNaN\n"),
        "-2.5\n1000\n\"007\"\n\"1.\"\n\".5\"\n\"+1\"\n\"NaN\"\n"
    );
    EXPECT_EQ(read("a,b,c\n\"1\",\"\",true\n"), "\"1\"|\"\"|\"true\"\n") << "a quoted cell is always text";
    EXPECT_EQ(
        read("a\n9223372036854775807\n9223372036854775808\n"), "9223372036854775807\n9.223372036854776e+18\n"
    );
    EXPECT_EQ(read("a\n1e999\n"), "\"1e999\"\n") << "beyond a double it is no number";
}

TEST(csv, quotes) {
    EXPECT_EQ(read("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n"), "\"x,y\"|\"say \\\"hi\\\"\"\n");
    EXPECT_EQ(read("a,b\n\"two\nlines\",2\n"), "\"two\\nlines\"|2\n");
    EXPECT_EQ(read("\"a\",\"b c\"\n1,2"), "1|2\n");
}

TEST(csv, line_ends_and_byte_order_mark) {
    EXPECT_EQ(read("a,b\r\n1,2\r\n3,4\r\n"), "1|2\n3|4\n");
    EXPECT_EQ(read("a,b\n1,2"), "1|2\n") << "the last line needs no end";
    EXPECT_EQ(
        read("\xEF\xBB\xBF"
             "a\n1\n"),
        "1\n"
    );
    EXPECT_EQ(read("a\nx\ry\n"), "\"x\\ry\"\n") << "CR alone ends no line";
    EXPECT_EQ(read("a,b\n1,\n,2"), "1|null\nnull|2\n");
    EXPECT_EQ(read("a\n"), "");
    EXPECT_EQ(read("a\n\n1\n"), "null\n1\n");
}

TEST(csv, what_is_wrong_is_named) {
    EXPECT_EQ(read("a,b\n1,2\n1,2,3\n"), "csv line 3: row 2 has 3 cells, the header has 2");
    EXPECT_EQ(read("a,b\n\"x\ny\",1\n1\n"), "csv line 4: row 2 has 1 cells, the header has 2");
    EXPECT_EQ(
        read("a\n1\n\"open\nand on\n"), "csv line 3: the quote of a cell that begins here is never closed"
    );
    EXPECT_EQ(read("a\nx\"y\n"), "csv line 2: a quote inside a cell that does not begin with one");
    EXPECT_EQ(read("a\n\"x\"y\n"), "csv line 2: text after the closing quote of a cell");
    EXPECT_EQ(read("a,,c\n"), "csv line 1: column 2 has no name");
    EXPECT_EQ(read("a,b,a\n"), "csv line 1: two columns are called \"a\"");
    EXPECT_EQ(read("\xEF\xBB\xBF"), "csv line 1: column 1 has no name");
}

TEST(csv, limits) {
    EXPECT_EQ(read("a\n1\n2\n3\n", {2, 10}), "csv line 4: more than 2 rows");
    EXPECT_EQ(read("a,b,c\n", {2, 2}), "csv line 1: 3 columns; at most 2");
}

TEST(csv, survives_every_prefix_of_a_hard_text) {
    const auto text = "a,\"b\"\"\"\r\n\"1\r\n\",2\n\"\",\"\"\r\n,\n\"x\"\"\",\r\n"sv;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const std::string prefix(text.substr(0, i));  // its own memory, so that a read beyond it shows
        table rows;
        (void)read_csv(prefix, wide, rows);
    }
}

}  // namespace
}  // namespace esm::tasks::data_processing
