// Which texts are numbers that a message can go to.
#include "platform/base/phone_number.hpp"

#include <gtest/gtest.h>

namespace esm {
namespace {

TEST(phone_number, has_seven_to_fifteen_digits_behind_a_plus) {
    for (const auto* number : {"+4930123456", "+1234567", "+123456789012345", "+15005550006"}) {
        EXPECT_TRUE(is_e164(number)) << number;
    }
    for (const auto* none :
         {"",
          "+",
          "4930123456",
          "+123456",
          "+1234567890123456",
          "+0301234567",
          "030123456",
          "+49 30 123456",
          "+49-30-123456",
          "+4930123456 ",
          " +4930123456",
          "++4930123456",
          "+49301234x6",
          "+٤٩٣٠١٢٣٤٥٦"}) {
        EXPECT_FALSE(is_e164(none)) << none;
    }
}

}  // namespace
}  // namespace esm
