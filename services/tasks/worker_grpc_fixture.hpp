// The worker service through a real server and a real client; the engine behind it is the one in memory.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstreammonitor/tasks/v1/workers.grpc.pb.h"
#include "platform/grpc/client.hpp"
#include "platform/grpc/server.hpp"
#include "platform/testing/support.hpp"
#include "services/tasks/fake_external_work.hpp"
#include "services/tasks/handlers/data_processing/data_processing.hpp"
#include "services/tasks/worker_grpc_service.hpp"

namespace esm::tasks {

namespace proto = ::eventstreammonitor::tasks::v1;
using namespace std::chrono_literals;

class worker_grpc : public ::testing::Test {
protected:
    static constexpr std::size_t result_max_bytes = 1000;
    using stub_type = proto::WorkerService::Stub;

    worker_grpc() {
        built_in_.add(data_processing::make_handler({}));
        service_ = make_worker_grpc_service({workers_, work_, built_in_, result_max_bytes, 30s, 20ms});
        server_.add(*service_);
        server_.start();
        stub_ =
            proto::WorkerService::NewStub(grpc_client::connect({fmt::format("127.0.0.1:{}", server_.port())})
            );
    }
    ~worker_grpc() override {
        runtime_.block_on(server_.stop(1s));
        runtime_.stop();
    }

    template <class Method, class Request, class Reply>
    ::grpc::Status call(
        Method method, const Request& asked, Reply& reply, const std::string& token = "worker"
    ) {
        reply.Clear();
        ::grpc::ClientContext with;
        with.set_deadline(std::chrono::system_clock::now() + 20s);
        if (!token.empty()) with.AddMetadata("authorization", "Bearer " + token);
        return ((*stub_).*method)(&with, asked, &reply);
    }

    static proto::LeaseRequest asking(int max = 10, std::string type = "resize") {
        proto::LeaseRequest asked;
        asked.set_worker("here:1");
        asked.add_task_types(std::move(type));
        asked.set_max(max);
        return asked;
    }

    proto::LeaseResponse leased(const proto::LeaseRequest& asked) {
        proto::LeaseResponse reply;
        const auto status = call(&stub_type::Lease, asked, reply);
        EXPECT_TRUE(status.ok()) << status.error_message();
        return reply;
    }
    // One task of ours, running.
    proto::LeasedTask one() {
        work_.add("resize");
        const auto reply = leased(asking(1));
        EXPECT_EQ(reply.tasks_size(), 1);
        return reply.tasks(0);
    }

    template <class Method, class Request, class Reply>
    void refused(Method method, const Request& asked, Reply reply, const std::string& what) {
        const auto before = work_.versions();
        const auto status = call(method, asked, reply);
        EXPECT_EQ(status.error_code(), ::grpc::StatusCode::INVALID_ARGUMENT) << what;
        EXPECT_THAT(status.error_message(), ::testing::HasSubstr(what));
        EXPECT_EQ(work_.versions(), before) << what;
    }

    template <class Item>
    static void name(Item& item, const proto::LeasedTask& held) {
        item.set_task_id(held.task_id());
        item.set_lease_token(held.lease_token());
    }
    static proto::CompleteRequest completing(const proto::LeasedTask& held, std::string json = "{\"n\":1}") {
        proto::CompleteRequest asked;
        name(*asked.add_items(), held);
        asked.mutable_items(0)->set_result_json(std::move(json));
        return asked;
    }

    esm::testing::started_runtime runtime_;
    const grpc_server::gate services_{
        runtime_,
        "internal:tasks",
        [](std::string_view authorization) -> awaitable<result<principal>> {
            principal caller;
            if (authorization == "Bearer worker") caller.scopes = {"tasks:work"};
            if (authorization == "Bearer service") caller.scopes = {"internal:tasks"};
            if (authorization == "Bearer user") caller.scopes = {"tasks:read", "tasks:write", "tasks:admin"};
            if (!caller.scopes.empty()) co_return caller;
            co_return fail(authorization.empty() ? errc::unauthenticated : errc::invalid_token);
        }
    };
    const grpc_server::gate workers_ = services_.also_for(worker_scope);
    fake_external_work work_;
    handler_set built_in_;
    std::unique_ptr<::grpc::Service> service_;
    grpc_server::server server_{grpc_server::options{}};
    std::unique_ptr<proto::WorkerService::Stub> stub_;
};

}  // namespace esm::tasks
