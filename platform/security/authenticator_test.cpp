// Bearer tokens through the authenticator: caching, rotation of keys, keys that are away.
#include "platform/security/authenticator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/async/oneshot.hpp"
#include "platform/security/base64.hpp"
#include "platform/security/token_cache.hpp"

namespace esm::security {
namespace {

using namespace std::chrono_literals;

// What the auth service would answer; changed by tests while shards ask.
struct issuer {
    std::mutex mutex;
    std::optional<std::string> jwks;
    std::atomic<int> fetches{0};

    void publish(const std::vector<signing_key>& keys) {
        std::vector<std::string> jwk;
        for (const auto& key : keys) jwk.push_back(key.public_jwk());
        const std::lock_guard lock(mutex);
        jwks = fmt::format(R"({{"keys":[{}]}})", fmt::join(jwk, ","));
    }
    void go_away() {
        const std::lock_guard lock(mutex);
        jwks.reset();
    }

    awaitable<result<std::string>> fetch() {
        ++fetches;
        asio::steady_timer pause(co_await asio::this_coro::executor, 5ms);
        co_await pause.async_wait(asio::use_awaitable);
        const std::lock_guard lock(mutex);
        if (!jwks) co_return fail(errc::unavailable, "the auth service is away");
        co_return *jwks;
    }
};

class authentication : public testing::Test {
protected:
    authentication() { runtime.start(); }
    ~authentication() override {
        runtime.block_on(gate.stop());
        runtime.stop();
    }

    std::string token(const signing_key& key, std::int64_t lifetime_s = 600) {
        access_claims claims;
        claims.issuer = "esm";
        claims.audience = "esm-api";
        claims.client_id = "web";
        claims.token_id = "t" + std::to_string(++tokens);
        claims.session_id = "s1";
        claims.username = "ada";
        claims.user_id = 1001;
        claims.issued_at_s = now_us() / 1'000'000;
        claims.expires_at_s = claims.issued_at_s + lifetime_s;
        claims.scopes = {"tasks:read"};
        return key.sign(claims);
    }

    result<principal> verify(const std::string& text) { return runtime.block_on(gate.verify(text)); }
    result<principal> authenticate(const std::string& text) {
        return runtime.block_on(gate.authenticate(text));
    }

    void start() {
        gate.start(0);
        for (int i = 0; i < 1000 && !gate.has_keys(); ++i) std::this_thread::sleep_for(5ms);
        ASSERT_TRUE(gate.has_keys());
    }

    static authenticator_options options() {
        authenticator_options some;
        some.issuer = "esm";
        some.audience = "esm-api";
        some.refresh_every = 3600s;
        some.unknown_key_pause = 3600s;
        return some;
    }

    async::runtime runtime{2};
    issuer auth;
    revocations revoked;
    authenticator gate{runtime, options(), [this] { return auth.fetch(); }, revoked};
    signing_key key = signing_key::generate();
    int tokens{0};
};

TEST_F(authentication, a_good_token_gives_its_principal_again_and_again) {
    auth.publish({key});
    start();
    const auto text = "Bearer " + token(key);
    for (int i = 0; i < 3; ++i) {
        const auto caller = authenticate(text);
        ASSERT_TRUE(caller) << caller.error().detail;
        EXPECT_EQ(caller->user_id, 1001);
        EXPECT_EQ(caller->username, "ada");
        EXPECT_TRUE(caller->has_scope("tasks:read"));
    }
    EXPECT_TRUE(authenticate("bearer   " + token(key)));
    EXPECT_EQ(auth.fetches, 1);
}

TEST_F(authentication, what_was_verified_is_known_on_any_thread_until_it_ends) {
    auth.publish({key});
    start();
    const auto text = token(key), short_lived = token(key, 1);
    EXPECT_EQ(gate.known(text), nullptr) << "not verified yet";
    ASSERT_TRUE(verify(text) && verify(short_lived));
    ASSERT_NE(gate.known(text), nullptr);
    EXPECT_EQ(gate.known(text)->username, "ada");
    EXPECT_NE(gate.known_bearer("Bearer " + text), nullptr);
    EXPECT_EQ(gate.known_bearer("Basic " + text), nullptr);
    EXPECT_EQ(gate.known(""), nullptr);
    EXPECT_EQ(gate.known(text + "A"), nullptr);
    std::this_thread::sleep_for(1100ms);
    EXPECT_EQ(gate.known(short_lived), nullptr) << "expired";
    revoked.revoke("s1", now_us() + 60'000'000);
    EXPECT_EQ(gate.known(text), nullptr) << "revoked";
    EXPECT_EQ(verify(text).error().code, errc::invalid_token);
}

TEST_F(authentication, without_a_bearer_token_nobody_is_known) {
    auth.publish({key});
    start();
    for (const auto* header : {"", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearerx"}) {
        const auto caller = authenticate(header);
        ASSERT_FALSE(caller) << header;
        EXPECT_EQ(caller.error().code, errc::unauthenticated) << header;
    }
    EXPECT_EQ(authenticate("Bearer esm_rt_abc").error().code, errc::invalid_token);
    EXPECT_EQ(authenticate("Bearer " + std::string(100'000, 'a')).error().code, errc::invalid_token);
}

TEST_F(authentication, a_token_ends_when_it_expires_though_it_was_verified_before) {
    auth.publish({key});
    start();
    const auto text = token(key, 2);
    EXPECT_TRUE(verify(text));
    std::this_thread::sleep_for(2100ms);
    EXPECT_EQ(verify(text).error().code, errc::invalid_token);
}

TEST_F(authentication, a_new_key_is_fetched_when_its_first_token_comes) {
    auth.publish({key});
    start();
    const auto next = signing_key::generate();
    auth.publish({key, next});
    EXPECT_TRUE(verify(token(next)));
    EXPECT_TRUE(verify(token(key)));
    EXPECT_EQ(auth.fetches, 2);
}

TEST_F(authentication, many_tokens_of_a_new_key_at_once_cost_one_fetch_and_all_pass) {
    auth.publish({key});
    start();
    const auto next = signing_key::generate();
    auth.publish({key, next});
    std::vector<std::string> texts;
    std::vector<async::oneshot<bool>> answers(50);
    for (std::size_t i = 0; i < answers.size(); ++i) texts.push_back(token(next));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        asio::co_spawn(
            runtime.at(runtime.next_shard()),
            [](authenticator& at, std::string text, async::oneshot<bool> to) -> awaitable<void> {
                const auto caller = co_await at.verify(text);
                to.set_value(caller.has_value());
            }(gate, texts[i], answers[i]),
            asio::detached
        );
    }
    for (const auto& answer : answers) EXPECT_TRUE(runtime.block_on(answer.get()));
    EXPECT_EQ(auth.fetches, 2);
}

TEST_F(authentication, strangers_keys_cost_one_fetch_in_the_pause) {
    auth.publish({key});
    start();
    const auto stranger = signing_key::generate();
    for (int i = 0; i < 20; ++i) EXPECT_EQ(verify(token(stranger)).error().code, errc::invalid_token);
    EXPECT_EQ(auth.fetches, 2);
}

TEST_F(authentication, forged_headers_cost_no_fetch) {
    auth.publish({key});
    start();
    const auto payload = base64url_encode(R"({"sub":"1001"})");
    for (const auto* header : {
             R"({"alg":"none","typ":"at+jwt","kid":"x"})",
             R"({"alg":"HS256","typ":"at+jwt","kid":"x"})",
             R"({"alg":"ES256","typ":"at+jwt","kid":"../../etc/passwd"})",
             R"({"alg":"ES256","typ":"at+jwt","kid":"' OR 1=1 --"})",
             R"({"alg":"ES256","typ":"at+jwt","jku":"http://127.0.0.1:1/"})",
             R"({"alg":"ES256","typ":"JWT","kid":"x"})",
         }) {
        EXPECT_EQ(
            verify(base64url_encode(header) + '.' + payload + ".AAAA").error().code, errc::invalid_token
        );
    }
    EXPECT_EQ(auth.fetches, 1);
}

TEST_F(authentication, a_withdrawn_key_ends_its_tokens_with_the_next_refresh) {
    auth.publish({key});
    start();
    const auto text = token(key);
    EXPECT_TRUE(verify(text));
    const auto next = signing_key::generate();
    auth.publish({next});
    EXPECT_TRUE(verify(token(next)));
    EXPECT_EQ(verify(text).error().code, errc::invalid_token) << "not from the cache either";
}

TEST_F(authentication, before_the_first_keys_callers_are_told_to_come_back) {
    gate.start(0);
    std::this_thread::sleep_for(50ms);
    EXPECT_FALSE(gate.has_keys());
    const auto caller = verify(token(key));
    ASSERT_FALSE(caller);
    EXPECT_EQ(caller.error().code, errc::unavailable);
    EXPECT_TRUE(caller.error().retry_after.has_value());
    EXPECT_EQ(verify("garbage").error().code, errc::invalid_token) << "no key would make it good";
    auth.publish({key});
    for (int i = 0; i < 1000 && !gate.has_keys(); ++i) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(verify(token(key)));
}

TEST_F(authentication, the_first_token_does_not_wait_for_the_next_retry) {
    EXPECT_EQ(verify(token(key)).error().code, errc::unavailable);
    auth.publish({key});
    std::this_thread::sleep_for(250ms);
    EXPECT_TRUE(verify(token(key)));
}

TEST_F(authentication, with_the_issuer_away_known_keys_still_work_and_unknown_ones_are_unavailable) {
    auth.publish({key});
    start();
    auth.go_away();
    EXPECT_TRUE(verify(token(key)));
    const auto next = signing_key::generate();
    EXPECT_EQ(verify(token(next)).error().code, errc::unavailable);
    EXPECT_EQ(verify(token(next)).error().code, errc::unavailable) << "the last outcome stands in the pause";
    EXPECT_EQ(auth.fetches, 2);
}

TEST(token_cache, holds_no_more_than_it_may_and_keeps_what_is_in_use) {
    token_cache cache(100);
    const auto digest = [](int i) { return sha256(std::to_string(i)); };
    const auto caller = std::make_shared<const principal>();
    for (int i = 0; i < 1000; ++i) {
        cache.put(digest(i), 1, caller, 10);
        ASSERT_NE(cache.find(digest(0), 1, 5), nullptr) << i;
        ASSERT_LE(cache.size(), 100U);
    }
    EXPECT_EQ(cache.find(digest(1), 1, 5), nullptr);
    EXPECT_EQ(cache.find(digest(0), 1, 10), nullptr) << "expired";
    EXPECT_EQ(cache.find(digest(0), 2, 5), nullptr) << "other keys";
}

// A server of one connection at a time that sends what it is given and closes.
class one_answer_server {
public:
    explicit one_answer_server(std::string answer) : answer_(std::move(answer)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(socket_, generic, size) != 0 || ::listen(socket_, 8) != 0)
            throw std::runtime_error("listen");
        ::getsockname(socket_, generic, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~one_answer_server() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}/.well-known/jwks.json", port_); }

private:
    void serve() {
        for (int peer = 0; (peer = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(peer)) {
            std::array<char, 4096> request{};
            if (::recv(peer, request.data(), request.size(), 0) <= 0) continue;
            std::string_view rest = answer_;
            while (!rest.empty()) {
                const auto sent = ::send(peer, rest.data(), rest.size(), MSG_NOSIGNAL);
                if (sent <= 0) break;
                rest.remove_prefix(static_cast<std::size_t>(sent));
            }
            ::shutdown(peer, SHUT_WR);
        }
    }

    const std::string answer_;
    const int socket_{::socket(AF_INET, SOCK_STREAM, 0)};
    unsigned port_{0};
    std::thread thread_;
};

TEST(fetch_over_http, takes_the_first_url_that_answers_and_says_why_none_does) {
    async::runtime runtime(1);
    runtime.start();
    const one_answer_server good("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}");
    const one_answer_server bad("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    const one_answer_server moved(
        "HTTP/1.1 302 Found\r\nLocation: " + good.url() + "\r\nContent-Length: 0\r\n\r\n"
    );
    const one_answer_server big("HTTP/1.1 200 OK\r\n\r\n" + std::string(3 * 1024 * 1024, 'x'));
    const auto get = [&](std::vector<std::string> urls) {
        return runtime.block_on(fetch_over_http(std::move(urls))());
    };
    const auto keys = get({"http://127.0.0.1:1/", bad.url(), good.url()});
    ASSERT_TRUE(keys) << keys.error().detail;
    EXPECT_EQ(*keys, "{\"keys\":[]}");
    EXPECT_NE(get({bad.url()}).error().detail.find("answered 500"), std::string::npos);
    EXPECT_NE(get({moved.url()}).error().detail.find("answered 302"), std::string::npos);
    EXPECT_FALSE(get({big.url()}));
    EXPECT_FALSE(get({"file:///etc/passwd"}));
    EXPECT_EQ(get({}).error().code, errc::unavailable);
}

}  // namespace
}  // namespace esm::security
