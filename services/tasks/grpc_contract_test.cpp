// The task service over gRPC with both databases, through a real server and a real client.
#include "eventstreammonitor/tasks/v1/tasks.grpc.pb.h"
#include "platform/grpc/client.hpp"
#include "platform/grpc/server.hpp"
#include "services/tasks/service_fixture.hpp"

namespace esm::tasks {
namespace {

namespace proto = ::eventstreammonitor::tasks::v1;
using namespace std::chrono_literals;

class task_grpc_contract : public task_service_fixture {};

TEST_P(task_grpc_contract, over_grpc) {
    constexpr unsigned short port = 23401;
    grpc_server::server server({"127.0.0.1", port});
    for (auto* each : service_.grpc_services()) server.add(*each);
    server.start();
    const auto stub = proto::TaskService::NewStub(grpc_client::connect({fmt::format("127.0.0.1:{}", port)}));
    const auto call = [&](auto method, const auto& asked, auto& reply) {
        ::grpc::ClientContext with;
        with.set_deadline(std::chrono::system_clock::now() + 20s);
        return ((*stub).*method)(&with, asked, &reply).error_code();
    };
    proto::CreateRequest create;
    proto::CreateResponse created;
    create.set_task_type("external");
    EXPECT_EQ(call(&proto::TaskService::Stub::Create, create, created), ::grpc::StatusCode::INVALID_ARGUMENT);
    create.set_user_id(1001);
    create.set_idempotency_key("grpc-1");
    ASSERT_EQ(call(&proto::TaskService::Stub::Create, create, created), ::grpc::StatusCode::OK);
    const auto id = created.task().task_id();
    EXPECT_EQ(created.task().status(), proto::TASK_STATUS_PENDING);
    ASSERT_EQ(call(&proto::TaskService::Stub::Create, create, created), ::grpc::StatusCode::OK);
    EXPECT_EQ(created.task().task_id(), id);
    create.clear_idempotency_key();
    create.set_parameters_json("[]");
    EXPECT_EQ(call(&proto::TaskService::Stub::Create, create, created), ::grpc::StatusCode::INVALID_ARGUMENT);
    create.set_parameters_json("{\"a\":1}");
    ASSERT_EQ(call(&proto::TaskService::Stub::Create, create, created), ::grpc::StatusCode::OK);
    EXPECT_NE(created.task().task_id(), id);

    proto::GetRequest get;
    proto::GetResponse found;
    get.set_task_id(id);
    EXPECT_EQ(call(&proto::TaskService::Stub::Get, get, found), ::grpc::StatusCode::OK);
    get.set_user_id(1002);
    EXPECT_EQ(call(&proto::TaskService::Stub::Get, get, found), ::grpc::StatusCode::NOT_FOUND);

    proto::ListRequest list;
    proto::ListResponse page;
    list.set_limit(1);
    list.set_status(proto::TASK_STATUS_PENDING);
    ASSERT_EQ(call(&proto::TaskService::Stub::List, list, page), ::grpc::StatusCode::OK);
    ASSERT_EQ(page.tasks_size(), 1);
    EXPECT_NE(page.tasks(0).task_id(), id) << "newest first";
    list.set_cursor(page.next_cursor());
    ASSERT_EQ(call(&proto::TaskService::Stub::List, list, page), ::grpc::StatusCode::OK);
    EXPECT_EQ(page.tasks(0).task_id(), id);
    EXPECT_TRUE(page.next_cursor().empty());

    proto::CancelRequest cancel;
    proto::CancelResponse cancelled;
    cancel.set_task_id(id);
    ASSERT_EQ(call(&proto::TaskService::Stub::Cancel, cancel, cancelled), ::grpc::StatusCode::OK);
    EXPECT_EQ(cancelled.task().status(), proto::TASK_STATUS_CANCELLED);
    EXPECT_EQ(
        call(&proto::TaskService::Stub::Cancel, cancel, cancelled), ::grpc::StatusCode::FAILED_PRECONDITION
    );
    runtime_.block_on(server.stop(1s));
}

TEST_P(task_grpc_contract, watching_ends_with_the_task_the_client_and_the_server) {
    constexpr unsigned short port = 23403;
    grpc_server::server server({"127.0.0.1", port});
    for (auto* each : service_.grpc_services()) server.add(*each);
    server.start();
    const auto stub = proto::TaskService::NewStub(grpc_client::connect({fmt::format("127.0.0.1:{}", port)}));
    const auto id = std::stoll(id_in(post(R"({"taskType":"external","parameters":{}})")));
    proto::WatchRequest request;
    request.set_task_id(id);
    proto::WatchResponse told;
    const auto watchers = [this](int count) {
        const auto line = fmt::format("task_watchers{{service=\"tasks\"}} {}\n", count);
        return esm::testing::eventually(10s, [&] {
            return metrics_.scrape().find(line) != std::string::npos;
        });
    };

    ::grpc::ClientContext leaving;
    auto left = stub->Watch(&leaving, request);
    ASSERT_TRUE(left->Read(&told));
    EXPECT_EQ(told.task().status(), proto::TASK_STATUS_PENDING);
    EXPECT_TRUE(watchers(1));
    leaving.TryCancel();
    EXPECT_EQ(left->Finish().error_code(), ::grpc::StatusCode::CANCELLED);
    EXPECT_TRUE(watchers(0)) << "a client that leaves is no watcher any more";

    ::grpc::ClientContext staying;
    auto stream = stub->Watch(&staying, request);
    ASSERT_TRUE(stream->Read(&told));
    send(http::request(this->request("PUT", fmt::format("/tasks/{}/cancel", id), user(1001))));
    ASSERT_TRUE(stream->Read(&told));
    EXPECT_EQ(told.task().status(), proto::TASK_STATUS_CANCELLED);
    EXPECT_EQ(told.task().version(), 2);
    EXPECT_FALSE(stream->Read(&told));
    EXPECT_TRUE(stream->Finish().ok());

    proto::WatchRequest of_user;
    of_user.set_user_id(1001);
    ::grpc::ClientContext lasting;
    auto all = stub->Watch(&lasting, of_user);
    ASSERT_TRUE(all->Read(&told));
    EXPECT_TRUE(told.current());
    const auto begun = std::chrono::steady_clock::now();
    callers_.streams().end_all();
    EXPECT_FALSE(all->Read(&told));
    EXPECT_EQ(all->Finish().error_code(), ::grpc::StatusCode::UNAVAILABLE);
    runtime_.block_on(server.stop(10s));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s) << "streams do not use up the grace of a stop";
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    task_grpc_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
