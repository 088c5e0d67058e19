// Calls to other services: a channel over one or several targets (round robin), deadlines and trace passed
// on, one retry of UNAVAILABLE on another connection.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"
#include "platform/grpc/peer.hpp"

namespace esm::grpc_client {

// `targets`: "host:port" each; several must all be IPv4 or all IPv6 addresses, one may be a DNS name with an
// address a replica. Throws std::invalid_argument, and std::runtime_error for files that cannot be read.
std::shared_ptr<::grpc::Channel> connect(const std::vector<std::string>& targets, const tls_files& tls = {});

// Deadline and trace of `from` into the call's metadata; 5 s where there is no deadline.
void prepare(::grpc::ClientContext& call, const context& from);

// The error of a status: by the "esm-error-code" trailing metadata where it has one, else by the status code.
error to_error(const ::grpc::Status& status, const ::grpc::ClientContext& call);

// `start(ClientContext*, Response*, std::function<void(grpc::Status)>)` begins the asynchronous call:
//   [&](auto* call, auto* reply, auto done) { stub.async()->GetUser(call, &request, reply, std::move(done));
//   }
// What it refers to must outlive the co_await.
template <class Response, class Start>
awaitable<result<Response>> call(const peer& to, const context& from, Start start) {
    struct exchange {
        ::grpc::ClientContext call;
        Response reply;
    };
    auto held = std::make_shared<exchange>();
    prepare(held->call, from);
    if (to.token) {
        const auto token = co_await to.token();
        if (!token) co_return token.error();
        held->call.AddMetadata("authorization", "Bearer " + *token);
    }
    async::oneshot<::grpc::Status> answer;
    start(&held->call, &held->reply, [answer, held](const ::grpc::Status& status) {
        answer.set_value(status);
    });
    const ::grpc::Status status = co_await answer.get();
    if (!status.ok()) co_return to_error(status, held->call);
    co_return std::move(held->reply);
}

}  // namespace esm::grpc_client
