// JSON and NDJSON files as rows: types, unions of columns, every cut between blocks, and what is said where
// they are broken.
#include <gtest/gtest.h>

#include "services/tasks/handlers/data/row_reader.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::data {
namespace {

using namespace std::string_view_literals;

// The names of the columns, then the rows as in csv_test.cpp; or what is wrong.
std::string read(
    std::string_view content, const limits& bounds = {}, std::optional<data_format> format = {}
) {
    test_work current("{}");
    current.give_file(1000, "a.json", "application/json", content);
    dataset given;
    given.format = format;
    given.file = file_reference{1000, 0, {}};
    auto reader = open_rows(given, current, bounds);
    if (!reader) return reader.error().detail;
    std::string text = fmt::format("{}\n", fmt::join((*reader)->columns(), "|"));
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

TEST(json_rows, cells_and_their_types) {
    EXPECT_EQ(
        read(R"([{"a":1,"b":"x"},{"b":null,"c":true},{"a":-2.50,"c":[1, {"d":"e"}]}])"),
        "a|b|c\n1|\"x\"|null\nnull|null|true\n-2.5|null|[1, {\"d\":\"e\"}]\n"
    );
    EXPECT_EQ(
        read("{\"a\":9223372036854775807}\n\n{\"a\":9223372036854775808}\r\n{\"a\":1e2}"),
        "a\n9223372036854775807\n9.223372036854776e+18\n100\n"
    );
    EXPECT_EQ(read(R"({"a\u0062":"x\ny\u00fc\\"})"), "ab\n\"x\\ny\xC3\xBC\\\\\"\n");
    EXPECT_EQ(read(R"({"a":1,"a":2})"), "a\n2\n") << "the last of one name counts";
    EXPECT_EQ(read("[{\"a\":[1,\n 2],\"b\":{ }}]"), "a|b\n[1,2]|{ }\n") << "on one line";
    EXPECT_EQ(read("\xEF\xBB\xBF[\n{\"a\":1}\n]\n"), "a\n1\n");
}

TEST(json_rows, nothing_in_it) {
    EXPECT_EQ(read("[]"), "\n");
    EXPECT_EQ(read(" [ ] \n"), "\n");
    EXPECT_EQ(read("\n\n", {}, data_format::ndjson), "\n");
    EXPECT_EQ(read("", {}, data_format::json), "a.json line 1: no JSON: the file is empty");
}

TEST(json_rows, what_is_wrong_is_named) {
    EXPECT_EQ(read("{\"a\":1}\n{\"a\":}\n").substr(0, 29), "a.json line 2: not valid JSON");
    EXPECT_EQ(read("{\"a\":1}\n[1]\n"), "a.json line 2: a row must be an object");
    EXPECT_EQ(read("{\"a\":1}\n{\"a\":01}\n"), "a.json line 2: column \"a\": \"01\" is no JSON value");
    EXPECT_EQ(read("{\"a\":1}\n{\"a\":[1,nul]}\n"), "a.json line 2: column \"a\": \"nul\" is no JSON value");
    EXPECT_EQ(read("{\"a\":1} x\n").substr(0, 15), "a.json line 1: ");
    EXPECT_EQ(read("{\"a\":1e999}\n"), "a.json line 1: column \"a\": \"1e999\" is no JSON value");
    EXPECT_EQ(read("{\"a\":\"\xC3(\"}\n").substr(0, 29), "a.json line 1: not valid JSON");
    EXPECT_EQ(read("{\"a\":\"x\0\"}\n"sv).substr(0, 29), "a.json line 1: not valid JSON");
    EXPECT_EQ(
        read("[{\"a\":1},\n{\"a\":2}"), "a.json line 2: the array is never closed: the file is cut off"
    );
    EXPECT_EQ(read("[{\"a\":1},\n{\"a\":"), "a.json line 2: the array is never closed: the file is cut off");
    EXPECT_EQ(
        read("[{\"a\":1}\n{\"a\":2}]"), "a.json line 2: expected a comma or the end of the array, not '{'"
    );
    EXPECT_EQ(read("[{\"a\":1}]\nx"), "a.json line 2: 'x' after the end of the array");
    EXPECT_EQ(read("[1]"), "a.json line 1: a row must be an object, not what begins with '1'");
    EXPECT_EQ(
        read("{\"a\":1}", {}, data_format::json), "a.json line 1: not an array of objects: it begins with '{'"
    );
    std::string deep = "{\"a\":";
    for (int i = 0; i < 70; ++i) deep += '[';
    for (int i = 0; i < 70; ++i) deep += ']';
    EXPECT_EQ(read(deep + "}"), "a.json line 1: column \"a\": more than 64 levels of arrays and objects");
}

TEST(json_rows, limits) {
    limits bounds;
    bounds.columns_max = 2;
    EXPECT_EQ(
        read("{\"a\":1,\"b\":1}\n{\"c\":1}", bounds),
        "a.json line 2: the rows together have more than 2 columns"
    );
    bounds.row_bytes = 16;
    bounds.block_bytes = 8;
    EXPECT_EQ(
        read("{\"a\":1}\n{\"a\":\"" + std::string(40, 'x') + "\"}", bounds),
        "a.json line 2: the line is longer than 16 bytes"
    );
    bounds.row_bytes = 64;
    bounds.cell_bytes = 8;
    EXPECT_EQ(
        read("{\"a\":\"123456789\"}", bounds), "a.json line 1: column \"a\": the cell has more than 8 bytes"
    );
}

// The cuts between blocks must not show, nor a file that ends early be taken for whole.
TEST(json_rows, every_block_size_gives_the_same) {
    std::string array = "[";
    std::string lines;
    for (int i = 0; i < 30; ++i) {
        const auto row = fmt::format(R"({{"n":{},"t":"x\"}}{{],","o":{{"k":[{}]}}}})", i, i);
        array += (i == 0 ? "\n" : " ,\n") + row;
        lines += row + "\n";
    }
    array += "\n] ";
    const auto whole = read(array);
    ASSERT_EQ(read(lines), whole);
    ASSERT_EQ(std::count(whole.begin(), whole.end(), '\n'), 31);
    for (std::size_t bytes = 1; bytes < 150; ++bytes) {
        limits bounds;
        bounds.block_bytes = bytes;
        ASSERT_EQ(read(array, bounds), whole) << bytes;
        ASSERT_EQ(read(lines, bounds), whole) << bytes;
        ASSERT_EQ(
            read(array.substr(0, array.size() - 2), bounds),
            "a.json line 32: the array is never closed: the file is cut off"
        ) << bytes;
    }
}

}  // namespace
}  // namespace esm::tasks::data
