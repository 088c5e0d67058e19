// The registration's rules, field by field.
#include "services/users/registration.hpp"

#include <gtest/gtest.h>

#include "platform/base/json_decoder.hpp"

namespace esm::users {
namespace {

boost::json::object valid_body() {
    return {
        {"username", "ada"},
        {"email", "Ada@Example.org"},
        {"password", "correct horse battery"},
        {"firstName", "Ada"},
        {"lastName", "Lovelace"},
        {"dateOfBirth", "1990-12-10"},
        {"phone", "+4930123456"},
        {"locale", "de-AT"},
    };
}

TEST(registration, takes_a_valid_body) {
    const auto given = decode_registration(valid_body());
    ASSERT_TRUE(given.has_value());
    EXPECT_EQ(given->username, "ada");
    EXPECT_EQ(given->date_of_birth, "1990-12-10");
}

struct broken_field {
    const char* name;
    boost::json::value value;
    errc code;
};

class registration_rule : public testing::TestWithParam<broken_field> {};

TEST_P(registration_rule, names_the_field) {
    auto body = valid_body();
    body[GetParam().name] = GetParam().value;
    const auto given = decode_registration(body);
    ASSERT_FALSE(given.has_value());
    EXPECT_EQ(given.error().code, GetParam().code);
    ASSERT_EQ(given.error().fields.size(), 1U);
    EXPECT_EQ(given.error().fields.front().pointer, std::string("/") + GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    fields,
    registration_rule,
    testing::Values(
        broken_field{"username", "ab", errc::validation_failed},
        broken_field{"username", std::string(21, 'a').c_str(), errc::validation_failed},
        broken_field{"username", "a b c", errc::validation_failed},
        broken_field{"username", 7, errc::malformed_request},
        broken_field{"email", "no-at.example.org", errc::validation_failed},
        broken_field{"email", "a..b@example.org", errc::validation_failed},
        broken_field{"email", "a@b", errc::validation_failed},
        broken_field{"password", "short", errc::validation_failed},
        broken_field{"dateOfBirth", "2990-01-01", errc::validation_failed},
        broken_field{"dateOfBirth", "1990-02-30", errc::validation_failed},
        broken_field{"firstName", "x\r\nBcc: eve@example.org", errc::validation_failed},
        broken_field{"lastName", "   ", errc::validation_failed},
        broken_field{"lastName", "a\u202Eb", errc::validation_failed},
        broken_field{"phone", "030123456", errc::validation_failed},
        broken_field{"locale", "german", errc::validation_failed},
        broken_field{"roles", boost::json::array{"admin"}, errc::malformed_request}
    )
);

TEST(registration, names_all_missing_fields) {
    const auto given = decode_registration({});
    ASSERT_FALSE(given.has_value());
    EXPECT_EQ(given.error().code, errc::malformed_request);
    EXPECT_EQ(given.error().fields.size(), 5U);
}

}  // namespace
}  // namespace esm::users
