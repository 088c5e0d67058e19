// Password hashes and the estimate of their strength.
#include "platform/security/password.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/async/runtime.hpp"

namespace esm::security {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class password : public testing::Test {
protected:
    password() { runtime.start(); }

    std::string hash(const std::string& text) { return runtime.block_on(hasher.hash(text)).value(); }
    verified_password verify(const std::string& text, const std::string& stored) {
        return runtime.block_on(hasher.verify(text, stored)).value();
    }

    async::runtime runtime{1};
    password_hasher hasher{2};
};

TEST_F(password, a_hash_carries_its_parameters_and_matches_its_password_alone) {
    const std::string secret("pass\0word with NUL \xc3\xbc", 20);
    const auto stored = hash(secret);
    EXPECT_THAT(stored, StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
    EXPECT_TRUE(verify(secret, stored).matches);
    EXPECT_FALSE(verify(secret, stored).outdated);
    EXPECT_FALSE(verify("pass", stored).matches);
    EXPECT_FALSE(verify("", stored).matches);
    EXPECT_NE(stored, hash(secret)) << "salted";
}

TEST_F(password, long_passwords_are_not_cut) {
    const std::string secret(256, 'x');
    const auto stored = hash(secret);
    EXPECT_TRUE(verify(secret, stored).matches);
    EXPECT_FALSE(verify(secret.substr(1), stored).matches);
}

// Made by argon2-cffi, with less memory than ours.
TEST_F(password, weaker_parameters_are_outdated_but_match) {
    const std::string weak =
        "$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$acbZCckOfABB/s2U/eE8vrM+V9HWTIj4syKxzIwhax8";
    const auto outcome = verify("correct horse", weak);
    EXPECT_TRUE(outcome.matches);
    EXPECT_TRUE(outcome.outdated);
}

TEST_F(password, an_unknown_user_never_matches) {
    EXPECT_FALSE(verify("anything", "").matches);
    EXPECT_FALSE(verify("", "").matches);
    EXPECT_FALSE(verify("anything", "not a hash").matches);
}

TEST(password_queue, a_full_queue_refuses_at_once) {
    async::runtime runtime(1);
    runtime.start();
    password_hasher hasher(1, 1);
    const auto burst = [&]() -> awaitable<int> {
        auto executor = co_await asio::this_coro::executor;
        int refused = 0;
        std::vector<async::oneshot<bool>> answers(6);
        for (const auto& answer : answers) {
            asio::co_spawn(
                executor,
                [](password_hasher& on, async::oneshot<bool> to) -> awaitable<void> {
                    const auto made = co_await on.hash("password");
                    const bool overloaded = !made && made.error().code == errc::overloaded;
                    to.set_value(overloaded);
                }(hasher, answer),
                asio::detached
            );
        }
        for (const auto& answer : answers) refused += co_await answer.get() ? 1 : 0;
        co_return refused;
    };
    const int refused = runtime.block_on(burst());
    EXPECT_GE(refused, 4);
    EXPECT_LE(refused, 5);
}

std::string refusal(const std::string& text, const std::vector<std::string>& hints = {}) {
    const auto judged = check_password_strength(text, hints);
    if (judged) return {};
    EXPECT_EQ(judged.error().code, errc::weak_password);
    return judged.error().detail;
}

TEST(password_strength, common_and_simple_passwords_are_refused_with_the_reason) {
    EXPECT_THAT(refusal("password"), HasSubstr("common"));
    EXPECT_THAT(refusal("P@ssw0rd"), HasSubstr("common"));
    EXPECT_THAT(refusal("iloveyou1"), HasSubstr("common"));
    EXPECT_THAT(refusal("%%%%%%%%%%%%"), HasSubstr("repeats"));
    EXPECT_THAT(refusal("abcdefghij"), HasSubstr("sequence"));
    EXPECT_NE(refusal("qwertyuiop"), "");
    EXPECT_NE(refusal("19871987"), "");
}

TEST(password_strength, good_ones_pass) {
    EXPECT_EQ(refusal("correct horse battery staple"), "");
    EXPECT_EQ(refusal("Zx9#kLm2!qRt"), "");
    EXPECT_EQ(refusal("Sup3r-Secret-Passw0rd!"), "");
    EXPECT_EQ(refusal(std::string("v7Qp") + std::string(252, 'x') + "end"), "");
}

TEST(password_strength, the_users_own_words_do_not_count) {
    EXPECT_EQ(refusal("lovelace.byron"), "");
    EXPECT_THAT(
        refusal("lovelace.byron", {"Ada Lovelace", "Lovelace.Byron@mail.example"}), HasSubstr("your own")
    );
}

}  // namespace
}  // namespace esm::security
