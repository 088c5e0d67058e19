// Sessions and tokens on both databases: login, rotation, grace, theft, logout, keys that two replicas share.
#include <gtest/gtest.h>

#include "platform/outbox/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/auth/login.hpp"
#include "services/auth/logout.hpp"
#include "services/auth/refresh_tokens.hpp"
#include "services/auth/service.hpp"

namespace esm::auth {
namespace {

constexpr std::string_view test_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

class one_user final : public credential_check {
public:
    awaitable<result<identity>> check(const context&, std::string identifier, std::string password) override {
        if (identifier != "ada" || password != "right") {
            co_return fail(errc::invalid_credentials, "the user or the password is wrong");
        }
        co_return identity{1000, "ada", {"user"}, {{"userId", 1000}}};
    }
    awaitable<bool> is_ready(deadline) override { co_return true; }
};

class auth_parts : public ::testing::TestWithParam<db::dialect> {
protected:
    auth_parts() { runtime_.block_on(keys_.load()); }

    result<logged_in> log_in(std::string password = "right", std::optional<std::int64_t> user_id = {}) {
        return runtime_.block_on(logging_in_.run(ctx_, {"ada", std::move(password), user_id, {}, {}}));
    }
    result<issued_tokens> refresh(const std::string& token) {
        return runtime_.block_on(refreshing_.run(ctx_, token));
    }

    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    security::master_key master_{security::master_key::from_hex(test_key)};
    config settings_;
    std::atomic<int> published_{0};
    outbox::outbox outbox_{[this] { ++published_; }};
    key_ring keys_{runtime_, scratch_.get(), outbox_, master_, settings_};
    security::revocations revoked_;
    end_sessions ending_{scratch_.get(), outbox_, revoked_, settings_};
    login_limits limits_{scratch_.get(), master_};
    token_issuer issuer_{keys_, outbox_, settings_};
    one_user users_;
    second_factor factor_{scratch_.get(), users_, master_, ending_};
    login logging_in_{users_, scratch_.get(), issuer_, outbox_, limits_, factor_};
    refresh_tokens refreshing_{runtime_, scratch_.get(), issuer_, ending_, master_, settings_};
    logout logging_out_{scratch_.get(), ending_};
    context ctx_{{}, deadline_in(std::chrono::seconds(30)), {}};
};

TEST_P(auth_parts, login_gives_a_token_the_jwks_verifies) {
    const auto done = log_in();
    ASSERT_TRUE(done.has_value());
    const auto published = security::key_set::parse(*keys_.jwks());
    ASSERT_TRUE(published.has_value());
    const auto claims = published->verify(
        done->tokens.access_token, settings_.issuer, settings_.audience, now_us() / 1'000'000
    );
    ASSERT_TRUE(claims.has_value());
    EXPECT_EQ(claims->user_id, 1000);
    EXPECT_EQ(claims->expires_at_s - claims->issued_at_s, 600);
    EXPECT_EQ(done->tokens.refresh_token.rfind("esm_rt_", 0), 0U);
    EXPECT_EQ(published_, 1);
}

TEST_P(auth_parts, wrong_password_and_wrong_user_id_are_refused_alike) {
    EXPECT_EQ(log_in("wrong").error().code, errc::invalid_credentials);
    EXPECT_EQ(log_in("right", 1001).error().code, errc::invalid_credentials);
    EXPECT_TRUE(log_in("right", 1000).has_value());
    EXPECT_EQ(published_, 3) << "each try is an event";
}

TEST_P(auth_parts, a_refresh_token_rotates_and_repeats_its_successor_within_the_grace) {
    const auto first = log_in()->tokens.refresh_token;
    const auto second = refresh(first);
    ASSERT_TRUE(second.has_value());
    EXPECT_NE(second->refresh_token, first);
    EXPECT_EQ(refresh(first)->refresh_token, second->refresh_token);
    EXPECT_TRUE(refresh(second->refresh_token).has_value());
    EXPECT_EQ(refresh("esm_rt_made_up").error().code, errc::invalid_token);
}

TEST_P(auth_parts, parallel_uses_get_one_successor) {
    const auto token = log_in()->tokens.refresh_token;
    std::vector<std::future<result<issued_tokens>>> uses;
    for (unsigned i = 0; i < 20; ++i) {
        uses.push_back(asio::co_spawn(runtime_.at(i % 2), refreshing_.run(ctx_, token), asio::use_future));
    }
    std::set<std::string> successors;
    for (auto& use : uses) successors.insert(use.get().value().refresh_token);
    EXPECT_EQ(successors.size(), 1U);
}

TEST_P(auth_parts, a_token_used_after_the_grace_ends_the_session) {
    settings_.refresh_reuse_grace = 0;
    const auto first = log_in()->tokens.refresh_token;
    const auto second = refresh(first)->refresh_token;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_EQ(refresh(first).error().code, errc::invalid_token);
    EXPECT_EQ(refresh(second).error().code, errc::invalid_token) << "the thief's successor is dead too";
}

TEST_P(auth_parts, logout_ends_the_session_and_tells_nothing) {
    const auto token = log_in()->tokens.refresh_token;
    EXPECT_TRUE(runtime_.block_on(logging_out_.run(ctx_, token)).has_value());
    EXPECT_TRUE(runtime_.block_on(logging_out_.run(ctx_, token)).has_value());
    EXPECT_TRUE(runtime_.block_on(logging_out_.run(ctx_, "esm_rt_unknown")).has_value());
    EXPECT_EQ(refresh(token).error().code, errc::invalid_token);
    EXPECT_EQ(published_, 2) << "one login, one revocation";
}

TEST_P(auth_parts, replicas_share_one_active_key) {
    key_ring other(runtime_, scratch_.get(), outbox_, master_, settings_);
    runtime_.block_on(other.load());
    EXPECT_EQ(*other.jwks(), *keys_.jwks());
    const auto foreign = security::master_key::from_hex(std::string(64, 'a'));
    key_ring stranger(runtime_, scratch_.get(), outbox_, foreign, settings_);
    EXPECT_THROW(runtime_.block_on(stranger.load()), std::runtime_error);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    auth_parts,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::auth
