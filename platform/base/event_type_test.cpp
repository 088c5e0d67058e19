// Which names of event types are taken.
#include "platform/base/event_type.hpp"

#include <gtest/gtest.h>

#include <string>

namespace esm {
namespace {

TEST(event_type, is_words_with_points_between) {
    const auto longest = "a." + std::string(126, 'b');
    for (const std::string& each :
         {std::string("task.completed.v1"),
          std::string("a.b"),
          std::string("a_1.2.v1"),
          std::string("a0.__"),
          longest}) {
        EXPECT_TRUE(is_event_type(each)) << each;
    }
    for (const std::string& each :
         {std::string(),
          std::string("task"),
          std::string("."),
          std::string(".a"),
          std::string("a."),
          std::string("a..b"),
          std::string("1a.b"),
          std::string("_a.b"),
          std::string("Task.v1"),
          std::string("task.V1"),
          std::string("a-b.c"),
          std::string("a.b "),
          std::string("a.b\n"),
          std::string("*"),
          std::string("task.*"),
          std::string("\xc3\xa4.b"),
          longest + "b"}) {
        EXPECT_FALSE(is_event_type(each)) << each;
    }
}

}  // namespace
}  // namespace esm
