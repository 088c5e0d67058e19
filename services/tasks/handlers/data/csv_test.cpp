// CSV as RFC 4180 has it, and what is said where it is not; inline and from files.
#include <gtest/gtest.h>

#include "services/tasks/handlers/data/row_reader.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::data {
namespace {

using namespace std::string_view_literals;

// Cells joined by "|", rows by newlines, as JSON; or what is wrong.
std::string shown(const dataset& given, work& current, const limits& bounds) {
    auto reader = open_rows(given, current, bounds);
    if (!reader) return reader.error().detail;
    std::string text;
    for (;;) {
        const auto row = (*reader)->next();
        if (!row) return row.error().detail;
        if (!*row) return text;
        for (const auto& each : **row) {
            append_cell(text, each);
            text += '|';
        }
        text.back() = '\n';
    }
}

std::string read(std::string_view text, const limits& bounds = {}) {
    test_work current("{}");
    dataset given;
    given.format = data_format::csv;
    given.text = text;
    return shown(given, current, bounds);
}

std::string read_file(std::string_view content, const limits& bounds = {}, char delimiter = ',') {
    test_work current("{}");
    current.give_file(1000, "a.csv", "text/csv", content);
    dataset given;
    given.file = file_reference{1000, 0, {}};
    given.delimiter = delimiter;
    return shown(given, current, bounds);
}

TEST(csv, cells_and_their_types) {
    EXPECT_EQ(read("a,b,c\n1,x,\n"), "1|\"x\"|null\n");
    EXPECT_EQ(
        read("a\n-2.50\n1e3\n007\n1.\n.5\n+1\nNaN\n-\n-x\n1e\n0x1\n"),
        "-2.5\n1000\n\"007\"\n\"1.\"\n\".5\"\n\"+1\"\n\"NaN\"\n\"-\"\n\"-x\"\n\"1e\"\n\"0x1\"\n"
    );
    EXPECT_EQ(read("a,b,c\n\"1\",\"\",true\n"), "\"1\"|\"\"|\"true\"\n") << "a quoted cell is always text";
    EXPECT_EQ(
        read("a\n9223372036854775807\n9223372036854775808\n-9223372036854775808\n"),
        "9223372036854775807\n9.223372036854776e+18\n-9223372036854775808\n"
    );
    EXPECT_EQ(read("a\n1e999\n"), "\"1e999\"\n") << "beyond a double it is no number";
    EXPECT_EQ(read("a\n0.1\n123456789012345678.5\n1e-3\n"), "0.1\n1.2345678901234568e+17\n0.001\n");
}

TEST(csv, quotes) {
    EXPECT_EQ(read("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n"), "\"x,y\"|\"say \\\"hi\\\"\"\n");
    EXPECT_EQ(read("a,b\n\"two\nlines\",2\n"), "\"two\\nlines\"|2\n");
    EXPECT_EQ(read("\"a\",\"b c\"\n1,2"), "1|2\n");
    EXPECT_EQ(read("a\n\"\"\"\"\n"), "\"\\\"\"\n");
}

TEST(csv, line_ends_and_byte_order_mark) {
    EXPECT_EQ(read("a,b\r\n1,2\r\n3,4\r\n"), "1|2\n3|4\n");
    EXPECT_EQ(read("a,b\r\n1,\"2\"\r\n"), "1|\"2\"\n");
    EXPECT_EQ(read("a,b\n1,2"), "1|2\n") << "the last line needs no end";
    EXPECT_EQ(
        read("\xEF\xBB\xBF"
             "a\n1\n"),
        "1\n"
    );
    EXPECT_EQ(read("a\nx\ry\n"), "\"x\\ry\"\n") << "CR alone ends no line";
    EXPECT_EQ(read("a\n1\r"), "\"1\\r\"\n");
    EXPECT_EQ(read("a,b\n1,\n,2"), "1|null\nnull|2\n");
    EXPECT_EQ(read("a\n"), "");
    EXPECT_EQ(read("a"), "");
    EXPECT_EQ(read("a\n\n1\n"), "null\n1\n");
}

TEST(csv, delimiters) {
    EXPECT_EQ(read_file("a;b\n1,5;\"x;y\"\n", {}, ';'), "\"1,5\"|\"x;y\"\n");
    EXPECT_EQ(read_file("a\tb\n1\t2\n", {}, '\t'), "1|2\n");
}

TEST(csv, what_is_wrong_is_named) {
    EXPECT_EQ(read("a,b\n1,2\n1,2,3\n"), "csv line 3: row 2 has 3 cells, the header has 2");
    EXPECT_EQ(read("a,b\n\"x\ny\",1\n1\n"), "csv line 4: row 2 has 1 cells, the header has 2");
    EXPECT_EQ(
        read("a\n1\n\"open\nand on\n"), "csv line 3: the quote of a cell that begins here is never closed"
    );
    EXPECT_EQ(read("a\n1\n\""), "csv line 3: the quote of a cell that begins here is never closed");
    EXPECT_EQ(read("a\nx\"y\n"), "csv line 2: a quote inside a cell that does not begin with one");
    EXPECT_EQ(read("a\nx\"\"y\n"), "csv line 2: a quote inside a cell that does not begin with one");
    EXPECT_EQ(read("a\n\"x\"y\n"), "csv line 2: text after the closing quote of a cell");
    EXPECT_EQ(read("a\n\"x\"y\"\"\n"), "csv line 2: text after the closing quote of a cell");
    EXPECT_EQ(read("a,,c\n"), "csv line 1: column 2 has no name");
    EXPECT_EQ(
        read("a,b\r1,2\r"), "csv line 1: a carriage return in the name of column 2; lines end with LF or CRLF"
    );
    EXPECT_EQ(read("a,b,a\n"), "csv line 1: two columns are called \"a\"");
    EXPECT_EQ(read("\xEF\xBB\xBF"), "csv line 1: column 1 has no name");
}

TEST(csv, poison_files_are_named_with_their_place) {
    EXPECT_EQ(read_file("a,b\n1,2\n1\n"), "a.csv line 3: row 2 has 1 cells, the header has 2");
    EXPECT_EQ(read_file(""), "a.csv line 1: the file is empty: CSV begins with the names of its columns");
    EXPECT_EQ(
        read_file("a,b\n1,2\n3,x\0y\n"sv),
        "a.csv line 3: column \"b\": a NUL byte: the file must be text in UTF-8"
    );
    EXPECT_EQ(
        read_file("a,b\n1,2\n\xC3(,2\n"),
        "a.csv line 3: column \"a\": the byte 0xc3 is not UTF-8: the file must be"
    );
    EXPECT_EQ(
        read_file("\xFF\xFE"
                  "a\0"sv),
        "a.csv: the file is UTF-16; it must be UTF-8"
    );
    EXPECT_EQ(read_file("a\xE4,b\n"), "a.csv line 1: the byte 0xe4 is not UTF-8: the file must be");
}

TEST(csv, limits) {
    limits bounds;
    bounds.columns_max = 2;
    EXPECT_EQ(read("a,b,c\n", bounds), "csv line 1: 3 columns; at most 2");
    bounds.cell_bytes = 5;
    EXPECT_EQ(
        read_file("a,b\n12345,1\n1,123456\n", bounds),
        "a.csv line 3: column \"b\": the cell has more than 5 bytes"
    );
    bounds.row_bytes = 16;
    bounds.block_bytes = 8;
    EXPECT_EQ(
        read_file("a,b\n1,1\n1," + std::string(40, 'x') + "\n", bounds),
        "a.csv line 3: the row that begins here is longer than 16 bytes"
    );
    EXPECT_EQ(
        read_file("a,b\n1,1\n1,\"" + std::string(40, '\n') + "\n", bounds),
        "a.csv line 3: the row that begins here is longer than 16 bytes: is a quote never closed?"
    );
}

TEST(csv, survives_every_prefix_of_a_hard_text) {
    const auto text = "a,\"b\"\"\"\r\n\"1\r\n\",2\n\"\",\"\"\r\n,\n\"x\"\"\",\r\n"sv;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        const std::string prefix(text.substr(0, i));
        (void)read(prefix);
    }
}

// The cuts between blocks must not show.
TEST(csv, every_block_size_gives_the_same) {
    std::string text = "a,b\n";
    for (int i = 0; i < 40; ++i) {
        text +=
            fmt::format("{},\"{}\"\n", i, i % 3 == 0 ? "x\n,\"\"" : "plain, but long enough to pass cuts");
        text += i % 5 == 0 ? "ü,\r\n" : "-1.5,end\n";
    }
    const auto whole = read_file(text);
    ASSERT_EQ(std::count(whole.begin(), whole.end(), '\n'), 80) << whole;
    for (std::size_t bytes = 1; bytes < 200; ++bytes) {
        limits bounds;
        bounds.block_bytes = bytes;
        ASSERT_EQ(read_file(text, bounds), whole) << bytes;
        const auto broken = read_file(text + "\"x\ny\",1\n1\n", bounds);
        ASSERT_EQ(broken, "a.csv line 98: row 82 has 1 cells, the header has 2") << bytes;
    }
}

}  // namespace
}  // namespace esm::tasks::data
