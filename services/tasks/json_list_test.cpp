// Items of a list in an object that arrives in pieces, wherever the pieces end.
#include "services/tasks/json_list.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace esm::tasks {
namespace {

std::vector<std::string> items_of(std::string_view text, std::size_t piece_bytes, bool* complete = nullptr) {
    std::vector<std::string> items(1);
    json_list list("tasks", [&](std::string_view piece, bool last) {
        items.back() += piece;
        if (last) items.emplace_back();
    });
    while (!text.empty()) {
        list.push(text.substr(0, piece_bytes));
        text.remove_prefix(std::min(piece_bytes, text.size()));
    }
    items.pop_back();
    if (complete) *complete = list.complete();
    return items;
}

TEST(json_list, gives_each_item_wherever_the_pieces_end) {
    const std::string text =
        R"({"contact":{"tasks":[{"no":1}]},"other":[{"no":2}],"tasks":[{"a":1},{"b":"]}\"{","c":[{"d":{}}]},)"
        "{\n\"e\"\r\n:1}]}";
    const std::vector<std::string> expected{R"({"a":1})", R"({"b":"]}\"{","c":[{"d":{}}]})", R"({ "e"  :1})"};
    for (std::size_t bytes = 1; bytes <= text.size(); ++bytes)
        EXPECT_EQ(items_of(text, bytes), expected) << bytes;
}

TEST(json_list, knows_whether_the_object_ended) {
    bool complete = true;
    EXPECT_TRUE(items_of(R"({"tasks":[]})", 3, &complete).empty());
    EXPECT_TRUE(complete);
    EXPECT_EQ(items_of(R"({"tasks":[{"a":1},{"a)", 3, &complete), (std::vector<std::string>{R"({"a":1})"}));
    EXPECT_FALSE(complete);
    items_of("", 1, &complete);
    EXPECT_FALSE(complete);
}

TEST(json_list, gives_large_items_in_pieces) {
    std::size_t pieces = 0, bytes = 0;
    json_list list("tasks", [&](std::string_view piece, bool) {
        ++pieces;
        bytes += piece.size();
    });
    list.push(R"({"tasks":[{"a":")" + std::string(1'000'000, 'x') + R"("}]})");
    EXPECT_TRUE(list.complete());
    EXPECT_EQ(bytes, 1'000'008U);
    EXPECT_GT(pieces, 10U);
}

}  // namespace
}  // namespace esm::tasks
