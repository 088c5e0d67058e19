// Unsubscribe tokens: what they say comes back, and nobody else can make one.
#include "services/notifications/preferences/unsubscribe_token.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "platform/security/base64.hpp"

namespace esm::notifications {
namespace {

using security::master_key;

const master_key key =
    master_key::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

const std::vector<unsubscription> all_kinds{
    {std::int64_t{1000}, "task.completed.v1", "email"},
    {std::int64_t{1000}, "task.completed.v1", "sms"},
    {std::int64_t{1000}, "task.failed.v1", "email"},
    {std::int64_t{1001}, "task.completed.v1", "email"},
    {std::int64_t{1000}, "*", "email"},
    {std::numeric_limits<std::int64_t>::max(), "auth.new_sign_in.v1", "in_app"},
    {std::string("ada+lists@example.org"), "task.completed.v1", "email"},
    {std::string("+4930123456"), "*", "sms"},
    {std::string("1000"), "task.completed.v1", "email"},
};

void expect_refused(const master_key& with, std::string_view token) {
    const auto opened = open_unsubscribe_token(with, token);
    ASSERT_FALSE(opened) << token;
    EXPECT_EQ(opened.error().code, errc::invalid_token) << token;
}

TEST(unsubscribe_token, says_what_it_was_made_for) {
    std::set<std::string> tokens;
    for (const auto& each : all_kinds) {
        const auto token = make_unsubscribe_token(key, each);
        const auto opened = open_unsubscribe_token(key, token);
        ASSERT_TRUE(opened) << token;
        EXPECT_EQ(*opened, each) << token;
        EXPECT_EQ(make_unsubscribe_token(key, each), token) << "each try to send a mail has the same link";
        EXPECT_TRUE(tokens.insert(token).second) << token;
    }
}

// Made by Python's hmac: the links of mails that were sent must work for as long as the key is there.
TEST(unsubscribe_token, stays_as_old_mails_have_it) {
    EXPECT_EQ(
        make_unsubscribe_token(key, {std::int64_t{1000}, "task.completed.v1", "email"}),
        "u1000.email.task.completed.v1.LOnDSoais1IgkbMakXStbg"
    );
    EXPECT_EQ(
        make_unsubscribe_token(key, {std::string("ada+lists@example.org"), "*", "email"}),
        "aYWRhK2xpc3RzQGV4YW1wbGUub3Jn.email.all.OZsVr_lOPNc6XjMz8mPvUA"
    );
}

TEST(unsubscribe_token, fits_a_url_and_a_header_line) {
    for (const auto& each : all_kinds) {
        const auto token = make_unsubscribe_token(key, each);
        EXPECT_EQ(
            token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"),
            std::string::npos
        ) << token;
        EXPECT_LE(token.size(), 110U) << token;
    }
    const auto longest_type = std::string("a.") + std::string(126, 'b');
    const unsubscription of_user{std::numeric_limits<std::int64_t>::max(), longest_type, "in_app"};
    EXPECT_EQ(make_unsubscribe_token(key, of_user).size(), 179U);
    EXPECT_EQ(*open_unsubscribe_token(key, make_unsubscribe_token(key, of_user)), of_user);
    const unsubscription of_address{std::string(254, 'a'), longest_type, "in_app"};
    EXPECT_LE(make_unsubscribe_token(key, of_address).size(), 500U);
    EXPECT_EQ(*open_unsubscribe_token(key, make_unsubscribe_token(key, of_address)), of_address);
}

TEST(unsubscribe_token, any_change_is_refused) {
    for (const auto& each : all_kinds) {
        const auto token = make_unsubscribe_token(key, each);
        for (std::size_t i = 0; i < token.size(); ++i) {
            auto changed = token;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            expect_refused(key, changed);
            expect_refused(key, token.substr(0, i));
            expect_refused(key, token.substr(i + 1));
        }
        expect_refused(key, token + "A");
        expect_refused(key, token + "=");
        expect_refused(key, token + ".");
        expect_refused(key, " " + token);
    }
}

TEST(unsubscribe_token, a_code_is_for_its_own_words_alone) {
    const auto token = make_unsubscribe_token(key, all_kinds[0]);
    const auto code = token.substr(token.rfind('.'));
    for (const auto* body :
         {"u1001.email.task.completed.v1",
          "u01000.email.task.completed.v1",
          "u1000.sms.task.completed.v1",
          "u1000.email.task.completed",
          "u1000.email.all",
          "a1000.email.task.completed.v1"}) {
        expect_refused(key, body + code);
    }
}

TEST(unsubscribe_token, another_key_or_purpose_is_refused) {
    const auto token = make_unsubscribe_token(key, all_kinds[0]);
    expect_refused(master_key::from_hex(std::string(64, 'a')), token);
    const std::string body = "u1000.email.task.completed.v1";
    for (const auto* purpose : {"mailed-token", "unsubscribe-toke", "unsubscribe-token.", ""}) {
        const auto code = security::base64url_encode(key.derive(purpose, body).substr(0, 16));
        expect_refused(key, body + "." + code);
    }
    const auto whole = security::base64url_encode(key.derive("unsubscribe-token", body));
    expect_refused(key, body + "." + whole);
}

TEST(unsubscribe_token, nonsense_is_refused) {
    for (const auto* each :
         {"", ".", "..", "...", "u1000.email.task.completed.v1.", "u1000.email.task.completed.v1"}) {
        expect_refused(key, each);
    }
    expect_refused(key, std::string(100'000, 'a'));
    expect_refused(key, std::string(100'000, '.'));
    // With a right code, yet not what make_unsubscribe_token writes.
    for (const std::string body :
         {"",
          "u1000",
          "u1000.email",
          "1000.email.all",
          "u.email.all",
          "ux.email.all",
          "u1000x.email.all",
          "a!.email.all",
          "u99999999999999999999.email.all"}) {
        expect_refused(
            key, body + "." + security::base64url_encode(key.derive("unsubscribe-token", body).substr(0, 16))
        );
    }
}

}  // namespace
}  // namespace esm::notifications
