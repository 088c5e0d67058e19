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

INSTANTIATE_TEST_SUITE_P(
    databases, task_grpc_contract, ::testing::Values(db::dialect::postgres, db::dialect::sqlite), dialect_name
);

}  // namespace
}  // namespace esm::tasks
