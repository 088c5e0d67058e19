// How parameters become PostgreSQL's, and what is refused before it is sent.
#include "platform/db/parameters.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "platform/db/failure.hpp"
#include "platform/db/postgres_parameters.hpp"

namespace esm::db {

TEST(postgres_parameters, scalars_are_text) {
    postgres_parameters encoder;
    const std::vector<value> values{
        to_value(std::int64_t{-42}),
        to_value(true),
        to_value(std::nullopt),
        to_value("text"),
        to_value(0.1),
        to_value(std::numeric_limits<double>::quiet_NaN()),
        to_value(std::optional<std::int32_t>(7))
    };
    const auto encoded = encoder.encode(values);
    ASSERT_EQ(encoded.values.size(), 7U);
    EXPECT_STREQ(encoded.values[0], "-42");
    EXPECT_STREQ(encoded.values[1], "t");
    EXPECT_EQ(encoded.values[2], nullptr);
    EXPECT_STREQ(encoded.values[3], "text");
    EXPECT_STREQ(encoded.values[4], "0.1");
    EXPECT_STREQ(encoded.values[5], "NaN");
    EXPECT_STREQ(encoded.values[6], "7");
    for (const int format : encoded.formats) EXPECT_EQ(format, 0);
}

// What PostgreSQL makes of them is types_contract_test's.
TEST(postgres_parameters, lists_are_binary) {
    using namespace std::string_literals;
    postgres_parameters encoder;
    const std::vector<column> columns{integer_list{1, -2}, nullable_texts{std::nullopt, "a\"b"}, text_list{}};
    const auto encoded = encoder.encode(columns);
    const auto bytes = [&](std::size_t i) {
        EXPECT_EQ(encoded.formats[i], 1);
        return std::string(encoded.values[i], static_cast<std::size_t>(encoded.lengths[i]));
    };
    EXPECT_EQ(
        bytes(0),
        "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1"
        "\0\0\0\x08\0\0\0\0\0\0\0\1"
        "\0\0\0\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"s
    );
    EXPECT_EQ(
        bytes(1),
        "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\2\0\0\0\1"
        "\xFF\xFF\xFF\xFF"
        "\0\0\0\3a\"b"s
    );
    EXPECT_EQ(bytes(2), "\0\0\0\0\0\0\0\0\0\0\0\x19"s);
}

TEST(postgres_parameters, buffers_are_used_again) {
    postgres_parameters encoder;
    const std::vector<column> large{text_list(1000, std::string(2000, '"'))};
    EXPECT_EQ(encoder.encode(large).lengths[0], 20 + 1000 * (4 + 2000));
    const std::vector<value> small{to_value(1), to_value(2)};
    for (int i = 0; i < 3; ++i) EXPECT_STREQ(encoder.encode(small).values[1], "2");
}

TEST(parameters, nul_is_refused_wherever_it_stands) {
    const std::string bad("a\0", 2);
    const auto refused = [](auto list) {
        try {
            refuse_nul("some.statement", list);
            return std::string();
        } catch (const query_failed& failure) {
            EXPECT_NE(std::string(failure.what()).find("some.statement"), std::string::npos);
            return failure.sqlstate();
        }
    };
    EXPECT_EQ(refused(std::vector<value>{to_value(1), to_value(bad)}), "22021");
    EXPECT_EQ(refused(std::vector<value>{to_value(text_list{"a", bad})}), "22021");
    EXPECT_EQ(refused(std::vector<column>{text_list{bad}}), "22021");
    EXPECT_EQ(refused(std::vector<column>{nullable_texts{std::nullopt, bad}}), "22021");
    EXPECT_EQ(refused(std::vector<value>{to_value("a"), to_value(text_list{"b"})}), "");
}

TEST(parameters, columns_have_one_length) {
    const std::vector<column> fine{integer_list{1, 2}, text_list{"a", "b"}};
    EXPECT_NO_THROW(require_equal_length("s", fine));
    const std::vector<column> uneven{integer_list{1, 2}, text_list{"a"}};
    EXPECT_THROW(require_equal_length("s", uneven), std::logic_error);
}

}  // namespace esm::db
