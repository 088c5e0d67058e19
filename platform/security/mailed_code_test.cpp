// Codes of mails: the same for both who have the key, and nothing to anybody else.
#include "platform/security/mailed_code.hpp"

#include <gtest/gtest.h>

#include <set>

namespace esm::security {
namespace {

const auto key = master_key::from_hex(std::string(64, '1'));
const auto other_key = master_key::from_hex(std::string(64, '2'));

TEST(mailed_code, is_six_digits_that_follow_from_key_and_challenge) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto code = mailed_code(key, std::to_string(i));
        EXPECT_EQ(code.size(), 6U);
        EXPECT_EQ(code.find_first_not_of("0123456789"), std::string::npos) << code;
        EXPECT_EQ(code, mailed_code(key, std::to_string(i)));
        seen.insert(code);
    }
    EXPECT_GT(seen.size(), 990U);
    EXPECT_NE(
        mailed_code(key, "a") + mailed_code(key, "b"),
        mailed_code(other_key, "a") + mailed_code(other_key, "b")
    );
}

TEST(mailed_code, a_token_opens_with_its_key_alone_and_as_it_was_made) {
    const auto token = mailed_token(key, "challenge-1");
    EXPECT_EQ(open_mailed_token(key, token), "challenge-1");
    EXPECT_FALSE(open_mailed_token(other_key, token));
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(open_mailed_token(key, changed)) << i;
    }
    for (const auto* none : {"", ".", "challenge-1", "challenge-1.", ".x"}) {
        EXPECT_FALSE(open_mailed_token(key, none)) << none;
    }
}

TEST(mailed_code, keys_are_told_apart_by_their_ids) {
    EXPECT_EQ(code_key_id(key), code_key_id(master_key::from_hex(std::string(64, '1'))));
    EXPECT_NE(code_key_id(key), code_key_id(other_key));
    EXPECT_EQ(code_key_id(key).size(), 8U);
}

TEST(derived_secret, follows_from_key_purpose_and_text) {
    const auto derived = key.derive("p", "text");
    EXPECT_EQ(derived.size(), 32U);
    EXPECT_NE(derived, key.derive("pt", "ext")) << "where the purpose ends must count";
    EXPECT_NE(derived, other_key.derive("p", "text"));
    EXPECT_EQ(derived, key.derive("p", "text"));
}

}  // namespace
}  // namespace esm::security
