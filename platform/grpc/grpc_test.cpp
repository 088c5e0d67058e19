// A real server and real channels in one process, on the users contract: errors, deadlines, trace, health,
// ports.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstreammonitor/users/v1/users.grpc.pb.h"
#include "platform/db/failure.hpp"
#include "platform/grpc/client.hpp"
#include "platform/grpc/reflection_call.hpp"
#include "platform/grpc/server.hpp"

namespace esm {
namespace {

namespace users_v1 = eventstreammonitor::users::v1;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// Answers by whatever the test put in.
class scripted_users final : public users_v1::UserService::CallbackService {
public:
    using handler =
        std::function<awaitable<result<void>>(context&, const users_v1::GetUserRequest&, users_v1::User&)>;

    explicit scripted_users(const grpc_server::gate& callers) : callers_(callers) {}

    ::grpc::ServerUnaryReactor* GetUser(
        ::grpc::CallbackServerContext* call,
        const users_v1::GetUserRequest* request,
        users_v1::GetUserResponse* response
    ) override {
        ++calls;
        return grpc_server::unary(callers_, call, [this, request, response](context& ctx) {
            return answer(ctx, *request, *response->mutable_user());
        });
    }

    handler answer;
    std::atomic<int> calls{0};

private:
    const grpc_server::gate& callers_;
};

class grpc_calls : public testing::Test {
protected:
    grpc_calls() {
        runtime.start();
        server.add(users);
        server.start();
        connect({target()});
    }
    ~grpc_calls() override {
        runtime.block_on(server.stop(1s));
        runtime.stop();
    }

    std::string target() const { return fmt::format("127.0.0.1:{}", server.port()); }

    void connect(const std::vector<std::string>& targets) {
        channel = grpc_client::connect(targets);
        stub = users_v1::UserService::NewStub(channel);
    }

    result<users_v1::GetUserResponse> get_user(std::int64_t id, const context& from) {
        return runtime.block_on(call(id, from));
    }
    result<users_v1::GetUserResponse> get_user(std::int64_t id) { return get_user(id, within(5s)); }

    awaitable<result<users_v1::GetUserResponse>> call(std::int64_t id, const context& from) {
        users_v1::GetUserRequest request;
        request.set_user_id(id);
        co_return co_await grpc_client::call<users_v1::GetUserResponse>(
            to(),
            from,
            [&](auto* call, auto* reply, auto done) {
                stub->async()->GetUser(call, &request, reply, std::move(done));
            }
        );
    }

    static context within(std::chrono::milliseconds patience) {
        context from;
        from.until = deadline_in(patience);
        return from;
    }

    grpc_client::peer to() const {
        const auto given = token;
        return {channel, [given]() -> awaitable<result<std::string>> { co_return given; }};
    }

    // The answer's bytes of a method that has no stub here.
    result<std::string> generic(const std::string& method, std::string_view request) {
        ::grpc::GenericStub any(channel);
        const ::grpc::Slice slice(request.data(), request.size());
        const ::grpc::ByteBuffer sent(&slice, 1);
        const context from = within(5s);
        auto answer = runtime.block_on(grpc_client::call<::grpc::ByteBuffer>(
            to(),
            from,
            [&](auto* call, auto* reply, auto done) {
                any.UnaryCall(call, method, ::grpc::StubOptions(), &sent, reply, std::move(done));
            }
        ));
        if (!answer) return answer.error();
        std::vector<::grpc::Slice> slices;
        EXPECT_TRUE(answer->Dump(&slices).ok());
        std::string bytes;
        for (const auto& each : slices)
            bytes.append(reinterpret_cast<const char*>(each.begin()), each.size());
        return bytes;
    }

    std::string token{"service"};
    async::runtime runtime{2};
    // One token is a service's, another a user's.
    grpc_server::gate callers{
        runtime,
        "internal:users",
        [](std::string_view authorization) -> awaitable<result<principal>> {
            principal caller;
            if (authorization == "Bearer service") caller.scopes = {"internal:users"};
            if (authorization == "Bearer user") caller.scopes = {"users:read"};
            if (!caller.scopes.empty()) co_return caller;
            co_return fail(
                authorization.empty() ? errc::unauthenticated : errc::invalid_token, "no token that is good"
            );
        }
    };
    scripted_users users{callers};
    grpc_server::server server{grpc_server::options{}};
    std::shared_ptr<::grpc::Channel> channel;
    std::unique_ptr<users_v1::UserService::Stub> stub;
};

TEST_F(grpc_calls, a_stop_waits_for_the_calls_that_run_on_every_shard) {
    std::atomic<int> ended{0};
    users.answer = [&](context&, const auto&, auto&) -> awaitable<result<void>> {
        asio::steady_timer work(co_await asio::this_coro::executor, 300ms);
        co_await work.async_wait(asio::use_awaitable);
        ++ended;
        co_return result<void>();
    };
    std::vector<std::thread> callers_of_it;
    for (int i = 0; i < 4; ++i) {
        callers_of_it.emplace_back([this] { EXPECT_TRUE(get_user(1000).has_value()); });
    }
    for (int i = 0; i < 1000 && users.calls < 4; ++i) std::this_thread::sleep_for(5ms);
    EXPECT_EQ(users.calls, 4);
    runtime.block_on(server.stop(5s));
    EXPECT_EQ(ended, 4);
    for (auto& each : callers_of_it) each.join();
}

TEST_F(grpc_calls, only_a_services_own_token_comes_in) {
    users.answer = [](context&, const users_v1::GetUserRequest&, users_v1::User&) -> awaitable<result<void>> {
        co_return result<void>();
    };
    EXPECT_TRUE(get_user(1000).has_value());
    token = "user";
    EXPECT_EQ(get_user(1000).error().code, errc::forbidden);
    token = "made up";
    EXPECT_EQ(get_user(1000).error().code, errc::invalid_token);
}

TEST_F(grpc_calls, an_answer_comes_back_and_trace_and_deadline_go_along) {
    context seen;
    users.answer = [&](context& ctx, const auto& request, users_v1::User& user) -> awaitable<result<void>> {
        seen = ctx;
        user.set_user_id(request.user_id());
        co_return result<void>{};
    };
    context from = within(3s);
    from.trace = {"req-1", "corr-1", "", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    const auto reply = get_user(1001, from);
    ASSERT_TRUE(reply) << reply.error().detail;
    EXPECT_EQ(reply->user().user_id(), 1001);
    EXPECT_EQ(seen.trace.request_id, "req-1");
    EXPECT_EQ(seen.trace.correlation_id, "corr-1");
    EXPECT_EQ(seen.trace.traceparent, from.trace.traceparent);
    const auto left = seen.until - std::chrono::steady_clock::now();
    EXPECT_LE(left, 4s);  // gRPC rounds it up a little
    EXPECT_GE(left, 1s);
}

TEST_F(grpc_calls, ids_are_made_where_none_came_or_bad_ones) {
    context seen;
    users.answer = [&](context& ctx, const auto&, auto&) -> awaitable<result<void>> {
        seen = ctx;
        co_return result<void>{};
    };
    context from = within(3s);
    from.trace.request_id = "two\nlines";
    ASSERT_TRUE(get_user(1, from));
    EXPECT_EQ(seen.trace.request_id.size(), 36U);
    EXPECT_EQ(seen.trace.correlation_id, seen.trace.request_id);
}

TEST_F(grpc_calls, every_error_code_keeps_its_name_detail_and_wait) {
    users.answer = [](context&, const auto& request, auto&) -> awaitable<result<void>> {
        error refusal = fail(static_cast<errc>(request.user_id()), "because");
        refusal.retry_after = 7s;
        co_return refusal;
    };
    for (std::size_t i = 0; i < error_table.size(); ++i) {
        const auto reply = get_user(static_cast<std::int64_t>(i));
        ASSERT_FALSE(reply);
        EXPECT_EQ(info(reply.error().code).name, error_table[i].name);
        EXPECT_EQ(reply.error().detail, "because");
        EXPECT_EQ(reply.error().retry_after, 7s);
    }
}

TEST_F(grpc_calls, offending_fields_are_named_in_the_message) {
    users.answer = [](context&, const auto&, auto&) -> awaitable<result<void>> {
        co_return invalid_field("/userId", "min", "must be 1000 or more");
    };
    EXPECT_THAT(get_user(1).error().detail, HasSubstr("/userId: must be 1000 or more"));
}

TEST_F(grpc_calls, what_a_handler_throws_is_told_apart_and_not_shown) {
    users.answer = [](context&, const auto& request, auto&) -> awaitable<result<void>> {
        if (request.user_id() == 1) throw db::unavailable("connection to 10.0.0.7 lost");
        if (request.user_id() == 2) throw db::storage_full("disk full");
        throw std::runtime_error("secret internals");
        co_return result<void>{};
    };
    EXPECT_EQ(get_user(1).error().code, errc::unavailable);
    EXPECT_THAT(get_user(1).error().detail, Not(HasSubstr("10.0.0.7")));
    EXPECT_EQ(get_user(2).error().code, errc::storage_full);
    EXPECT_EQ(get_user(3).error().code, errc::internal);
    EXPECT_THAT(get_user(3).error().detail, Not(HasSubstr("secret")));
}

TEST_F(grpc_calls, a_deadline_ends_the_call) {
    users.answer = [](context&, const auto&, auto&) -> awaitable<result<void>> {
        asio::steady_timer pause(co_await asio::this_coro::executor, 3s);
        co_await pause.async_wait(asio::use_awaitable);
        co_return result<void>{};
    };
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(get_user(1, within(100ms)).error().code, errc::deadline_exceeded);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    EXPECT_EQ(get_user(1, within(-1s)).error().code, errc::deadline_exceeded);
}

TEST_F(grpc_calls, unavailable_is_tried_once_more) {
    users.answer = [this](context&, const auto& request, auto&) -> awaitable<result<void>> {
        if (request.user_id() == 1 && users.calls % 2 == 0) co_return result<void>{};
        co_return fail(errc::unavailable, "not now");
    };
    EXPECT_TRUE(get_user(1));
    EXPECT_EQ(users.calls, 2);
    EXPECT_EQ(get_user(2).error().detail, "not now");
    EXPECT_EQ(users.calls, 4);
}

TEST_F(grpc_calls, a_service_that_is_away_is_unavailable_at_once_and_its_address_is_not_shown) {
    const auto gone = target();
    runtime.block_on(server.stop(0ms));
    connect({gone});
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = get_user(1);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
    EXPECT_EQ(reply.error().code, errc::unavailable);
    EXPECT_EQ(reply.error().retry_after, 1s);
    EXPECT_THAT(reply.error().detail, Not(HasSubstr("127.0.0.1")));
}

TEST_F(grpc_calls, a_replica_that_is_away_is_passed_over) {
    users.answer = [](context&, const auto&, auto&) -> awaitable<result<void>> { co_return result<void>{}; };
    connect({"127.0.0.1:1", target()});
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(get_user(1)) << i;
}

TEST_F(grpc_calls, a_server_that_comes_back_is_found_again) {
    users.answer = [](context&, const auto&, auto&) -> awaitable<result<void>> { co_return result<void>{}; };
    EXPECT_TRUE(get_user(1));
    grpc_server::server again{grpc_server::options{.port = server.port()}};
    runtime.block_on(server.stop(0ms));
    EXPECT_EQ(get_user(1).error().code, errc::unavailable);
    again.add(users);
    again.start();
    bool found = false;
    for (int i = 0; i < 60 && !found; ++i) {
        std::this_thread::sleep_for(50ms);
        found = get_user(1).has_value();
    }
    EXPECT_TRUE(found);
    runtime.block_on(again.stop(0ms));
}

TEST_F(grpc_calls, a_port_in_use_is_named) {
    grpc_server::server second{grpc_server::options{.port = server.port()}};
    try {
        second.start();
        FAIL() << "two servers on one port";
    } catch (const std::runtime_error& refusal) {
        EXPECT_THAT(refusal.what(), HasSubstr(std::to_string(server.port())));
    }
}

TEST_F(grpc_calls, messages_over_a_mebibyte_are_refused) {
    const auto method = "/eventstreammonitor.users.v1.UserService/GetUser";
    const auto reply = generic(method, std::string(1024 * 1024 + 1, 'x'));
    EXPECT_EQ(reply.error().code, errc::overloaded);
    EXPECT_EQ(users.calls, 0);
}

TEST_F(grpc_calls, health_follows_set_serving) {
    // HealthCheckResponse.status is field 1: SERVING is 1, NOT_SERVING 2.
    EXPECT_EQ(generic("/grpc.health.v1.Health/Check", "").value(), "\x08\x01");
    server.set_serving(false);
    EXPECT_EQ(generic("/grpc.health.v1.Health/Check", "").value(), "\x08\x02");
    server.set_serving(true);
    EXPECT_EQ(generic("/grpc.health.v1.Health/Check", "").value(), "\x08\x01");
}

TEST_F(grpc_calls, reflection_lists_the_services) {
    reflection_call listing(channel);
    const auto services = listing.services();
    EXPECT_THAT(services, HasSubstr("eventstreammonitor.users.v1.UserService"));
    EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));
}

TEST_F(grpc_calls, a_stop_cancels_what_does_not_end_in_its_grace) {
    users.answer = [](context&, const auto&, auto&) -> awaitable<result<void>> {
        asio::steady_timer pause(co_await asio::this_coro::executor, 3s);
        co_await pause.async_wait(asio::use_awaitable);
        co_return result<void>{};
    };
    std::thread stopping([this] {
        std::this_thread::sleep_for(100ms);
        runtime.block_on(server.stop(100ms));
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(get_user(1));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    stopping.join();
}

TEST(grpc_targets, wrong_ones_are_refused) {
    EXPECT_THROW(grpc_client::connect({}), std::invalid_argument);
    EXPECT_THROW(grpc_client::connect({"users"}), std::invalid_argument);
    EXPECT_THROW(grpc_client::connect({"a:1", "b:1"}), std::invalid_argument);
    EXPECT_THROW(grpc_client::connect({"127.0.0.1:1", "[::1]:1"}), std::invalid_argument);
    EXPECT_NE(grpc_client::connect({"[::1]:1", "[::1]:2"}), nullptr);
    EXPECT_NE(grpc_client::connect({"users.svc:5101"}), nullptr);
}

}  // namespace
}  // namespace esm
