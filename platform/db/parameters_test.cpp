// How parameters become PostgreSQL's text, and what is refused before it is sent.
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
    ASSERT_EQ(encoded.size(), 7U);
    EXPECT_STREQ(encoded[0], "-42");
    EXPECT_STREQ(encoded[1], "t");
    EXPECT_EQ(encoded[2], nullptr);
    EXPECT_STREQ(encoded[3], "text");
    EXPECT_STREQ(encoded[4], "0.1");
    EXPECT_STREQ(encoded[5], "NaN");
    EXPECT_STREQ(encoded[6], "7");
}

TEST(postgres_parameters, arrays_are_quoted) {
    postgres_parameters encoder;
    const std::vector<column> columns{
        integer_list{1, -2},
        text_list{"plain", R"(a "quote" and \)", "", "{a,b}", "NULL"},
        nullable_integers{std::nullopt, 5},
        nullable_texts{std::nullopt, "x"},
        integer_list{}
    };
    const auto encoded = encoder.encode(columns);
    EXPECT_STREQ(encoded[0], "{1,-2}");
    EXPECT_STREQ(encoded[1], R"({"plain","a \"quote\" and \\","","{a,b}","NULL"})");
    EXPECT_STREQ(encoded[2], "{NULL,5}");
    EXPECT_STREQ(encoded[3], R"({NULL,"x"})");
    EXPECT_STREQ(encoded[4], "{}");
}

TEST(postgres_parameters, buffers_are_used_again) {
    postgres_parameters encoder;
    const std::vector<column> large{text_list(1000, std::string(2000, '"'))};
    EXPECT_EQ(std::string_view(encoder.encode(large)[0]).size(), 1000U * 4003 + 1);
    const std::vector<value> small{to_value(1), to_value(2)};
    for (int i = 0; i < 3; ++i) EXPECT_STREQ(encoder.encode(small)[1], "2");
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
