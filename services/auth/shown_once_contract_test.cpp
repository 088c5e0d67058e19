// Making an API key, a client or a signing key again under the same Idempotency-Key, on both databases: one
// of each comes to be, the same secret is told again, and it is nowhere at rest.
#include <gtest/gtest.h>

#include "platform/http/sql.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/auth/api_keys_http.hpp"
#include "services/auth/follow_users.hpp"
#include "services/auth/oauth_clients_http.hpp"
#include "services/auth/service.hpp"
#include "services/auth/session_http.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {
namespace {

namespace bj = boost::json;

constexpr std::int64_t ada = 1000;
constexpr std::string_view nightly = R"({"name":"nightly","scopes":["tasks:read"]})";

class answers_shown_once : public ::testing::TestWithParam<db::dialect> {
protected:
    answers_shown_once() {
        session own;
        own.session_id = session_id_;
        own.user_id = ada;
        own.username = "ada";
        own.expires_at = now_us() + 60'000'000;
        transact([&](db::transaction& tx) { session_store::insert(tx, own); });
        runtime_.block_on(ring_.load());
    }

    template <class Work>
    void transact(Work work) {
        runtime_.block_on(scratch_.get().transact(until_, [&](db::transaction& tx) -> awaitable<bool> {
            work(tx);
            co_return true;
        }));
    }

    http::request request(std::string_view path, std::string_view body, std::string key) const {
        http::request call;
        call.method = "POST";
        call.path = path;
        call.body = body;
        call.headers = {{"content-type", "application/json"}};
        if (!key.empty()) call.headers.emplace_back("idempotency-key", std::move(key));
        call.ctx.until = until_;
        call.ctx.caller = principal{};
        call.ctx.caller->user_id = ada;
        call.ctx.caller->username = "ada";
        call.ctx.caller->session_id = session_id_;
        call.ctx.caller->scopes = {"tasks:read", "auth:admin"};
        return call;
    }
    result<http::response> make_key(std::string key, std::string_view body = nightly) {
        auto call = request("/auth/api-keys", body, std::move(key));
        return runtime_.block_on(post_api_key(keys_http_, call));
    }
    result<http::response> make_client(std::string key) {
        auto call = request("/auth/clients", nightly, std::move(key));
        return runtime_.block_on(post_client(clients_http_, call));
    }
    result<http::response> rotate(std::string key) {
        auto call = request("/auth/keys/rotate", "", std::move(key));
        return runtime_.block_on(post_rotate(rotation_, call));
    }
    std::size_t keys_that_stand() { return runtime_.block_on(keys_.list(ada, {}, 100, until_)).size(); }
    db::rows stored_answer(std::string key) {
        return runtime_.block_on(scratch_.get().query(
            until_, http::sql::select_answer, fmt::format("user {}", ada), std::move(key)
        ));
    }

    const std::string session_id_{make_uuid()};
    const deadline until_{deadline_in(std::chrono::seconds(30))};
    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    security::master_key master_{security::master_key::from_hex(std::string(64, 'a'))};
    config settings_;
    outbox::outbox outbox_{[] {}};
    security::revocations revoked_;
    end_sessions ending_{scratch_.get(), outbox_, revoked_, settings_};
    key_ring ring_{runtime_, scratch_.get(), outbox_, master_, settings_};
    api_keys keys_{scratch_.get(), ending_};
    oauth_clients clients_{scratch_.get(), ending_};
    http::shown_once answers_{scratch_.get(), master_};
    api_keys_http keys_http_{keys_, answers_};
    oauth_clients_http clients_http_{clients_, answers_};
    rotation_http rotation_{scratch_.get(), ring_};
};

TEST_P(answers_shown_once, an_api_key_is_made_once_and_its_token_told_again) {
    const auto first = make_key("k1");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->status, 201U);
    const auto again = make_key("k1");
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->body, first->body);
    EXPECT_EQ(keys_that_stand(), 1U);
    const auto reused = make_key("k1", R"({"name":"x","scopes":["tasks:read"]})");
    EXPECT_EQ(reused.error().code, errc::idempotency_key_reused);
    EXPECT_TRUE(make_key("").has_value());
    EXPECT_TRUE(make_key("k2").has_value());
    EXPECT_EQ(keys_that_stand(), 3U);
}

TEST_P(answers_shown_once, at_rest_a_secret_is_sealed) {
    const auto body = bj::parse(make_key("k1")->body);
    const std::string token(body.at("apiKey").at("token").as_string());
    ASSERT_EQ(token.rfind("esm_pat_", 0), 0U);
    const auto stored = stored_answer("k1");
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored.front().text(4).find(token.substr(8)), std::string::npos);
    const auto other_master = security::master_key::from_hex(std::string(64, 'b'));
    const http::shown_once stranger(scratch_.get(), other_master);
    api_keys_http of_stranger{keys_, stranger};
    auto call = request("/auth/api-keys", nightly, "k1");
    EXPECT_EQ(runtime_.block_on(post_api_key(of_stranger, call)).error().code, errc::internal);
}

TEST_P(answers_shown_once, what_was_refused_is_tried_anew) {
    EXPECT_EQ(make_key("k1", R"({"name":"x","scopes":["users:admin"]})").error().code, errc::forbidden);
    EXPECT_TRUE(make_key("k1").has_value());
}

TEST_P(answers_shown_once, a_client_is_made_once) {
    const auto first = make_client("k1");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(make_client("k1")->body, first->body);
    EXPECT_EQ(runtime_.block_on(clients_.list({}, 100, until_)).size(), 1U);
    const auto made = bj::parse(first->body).at("client");
    const std::string id(made.at("clientId").as_string()), secret(made.at("clientSecret").as_string());
    EXPECT_TRUE(runtime_.block_on(clients_.authenticate(id, secret, until_)).has_value());
    EXPECT_EQ(stored_answer("k1").front().text(4).find(secret.substr(7)), std::string::npos);
}

TEST_P(answers_shown_once, a_rotation_is_answered_again) {
    const auto first = rotate("k1");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(rotate("k1")->body, first->body);
    EXPECT_EQ(rotate("").error().code, errc::conflict);
    EXPECT_EQ(rotate("k2").error().code, errc::conflict);
}

TEST_P(answers_shown_once, a_deleted_users_answers_are_forgotten) {
    ASSERT_TRUE(make_key("k1").has_value());
    const follow_users following(ending_);
    const auto gone = events::make_event(
        "user-registration-events", "user.deleted.v1", "/users", "1000", 2, R"({"userId":1000})", {}
    );
    runtime_.block_on(scratch_.get().transact(until_, [&](db::transaction& tx) {
        return following.apply(tx, gone);
    }));
    EXPECT_TRUE(stored_answer("k1").empty());
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    answers_shown_once,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::auth
