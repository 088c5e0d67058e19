// NotificationService.Send on both databases, through a real server and a real client.
#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "platform/grpc/client.hpp"
#include "platform/grpc/server.hpp"
#include "platform/http/idempotency.hpp"
#include "services/notifications/service_fixture.hpp"

namespace esm::notifications {
namespace {

namespace proto = ::eventstreammonitor::notifications::v1;
using namespace std::chrono_literals;
using ::grpc::StatusCode;

class send_grpc_contract : public service_fixture {
protected:
    static constexpr unsigned short port = 23411;

    send_grpc_contract() {
        start_service();
        for (auto* each : service_->grpc_services()) server_.add(*each);
        server_.start();
    }
    ~send_grpc_contract() override { runtime_.block_on(server_.stop(1s)); }

    StatusCode send(const proto::SendRequest& asked, proto::SendResponse& reply) {
        ::grpc::ClientContext with;
        with.set_deadline(std::chrono::system_clock::now() + 20s);
        reply.Clear();
        const auto status = stub_->Send(&with, asked, &reply);
        told_ = status.error_message();
        return status.error_code();
    }

    grpc_server::server server_{{"127.0.0.1", port}};
    std::unique_ptr<proto::NotificationService::Stub> stub_ =
        proto::NotificationService::NewStub(grpc_client::connect({fmt::format("127.0.0.1:{}", port)}));
    std::string told_;
};

TEST_P(send_grpc_contract, own_words_and_a_key) {
    proto::SendRequest asked;
    proto::SendResponse reply;
    EXPECT_EQ(send(asked, reply), StatusCode::INVALID_ARGUMENT);
    EXPECT_NE(told_.find("/channel"), std::string::npos);
    asked.set_channel("in_app");
    asked.set_user_id(1000);
    asked.set_subject("Hello");
    asked.set_text("body");
    asked.set_idempotency_key("key-1");
    ASSERT_EQ(send(asked, reply), StatusCode::OK) << told_;
    ASSERT_EQ(reply.notifications_size(), 1);
    const auto first = reply.notifications(0);
    EXPECT_EQ(first.title(), "Hello");
    EXPECT_EQ(first.body(), "body");
    EXPECT_EQ(first.items(), 1);
    EXPECT_FALSE(first.has_read_at_us());
    EXPECT_EQ(first.status(), proto::NOTIFICATION_STATUS_SENT);
    ASSERT_EQ(send(asked, reply), StatusCode::OK) << told_;
    EXPECT_EQ(reply.notifications(0).notification_id(), first.notification_id());
    EXPECT_EQ(rows().size(), 1U);
    EXPECT_TRUE(rows()[0].event_id.starts_with("direct:grpc:key-1:"));
    asked.set_text("other");
    EXPECT_EQ(send(asked, reply), StatusCode::FAILED_PRECONDITION) << "another request with the same key";
    asked.set_idempotency_key(std::string(201, 'k'));
    EXPECT_EQ(send(asked, reply), StatusCode::INVALID_ARGUMENT);
    asked.clear_idempotency_key();
    ASSERT_EQ(send(asked, reply), StatusCode::OK);
    EXPECT_NE(reply.notifications(0).notification_id(), first.notification_id());
}

TEST_P(send_grpc_contract, a_key_holds_after_its_stored_answer_is_forgotten) {
    proto::SendRequest asked;
    proto::SendResponse reply;
    asked.set_channel("email");
    asked.set_address("ada@example.org");
    asked.set_subject("s");
    asked.set_text("t");
    asked.set_idempotency_key("key-2");
    ASSERT_EQ(send(asked, reply), StatusCode::OK) << told_;
    const auto first = reply.notifications(0).notification_id();
    EXPECT_EQ(reply.notifications(0).user_id(), 0);
    transact([](db::transaction& tx) -> awaitable<bool> {
        http::forget_answers(tx, "grpc");
        co_return true;
    });
    ASSERT_EQ(send(asked, reply), StatusCode::OK) << told_;
    EXPECT_EQ(reply.notifications(0).notification_id(), first);
    EXPECT_EQ(rows().size(), 1U);
    transact([](db::transaction& tx) -> awaitable<bool> {
        http::forget_answers(tx, "grpc");
        co_return true;
    });
    asked.set_text("another one");
    ASSERT_EQ(send(asked, reply), StatusCode::OK) << told_;
    EXPECT_NE(reply.notifications(0).notification_id(), first) << "what was asked is sent, not dropped";
}

TEST_P(send_grpc_contract, an_event) {
    proto::SendRequest asked;
    proto::SendResponse reply;
    asked.set_event_type("task.completed.v1");
    asked.set_user_id(1000);
    asked.set_fields_json("[]");
    EXPECT_EQ(send(asked, reply), StatusCode::INVALID_ARGUMENT);
    asked.set_fields_json(R"({"taskId":77,"taskReference":"TASK77","taskType":"demo"})");
    ASSERT_EQ(send(asked, reply), StatusCode::OK) << told_;
    std::vector<std::string> channels;
    for (const auto& each : reply.notifications()) channels.push_back(each.channel());
    EXPECT_EQ(channels, (std::vector<std::string>{"email", "in_app"}));
    asked.set_event_type("nobody.knows.v1");
    EXPECT_EQ(send(asked, reply), StatusCode::INVALID_ARGUMENT);
    EXPECT_NE(told_.find("/eventType"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    send_grpc_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
