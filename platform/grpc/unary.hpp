// One unary RPC as a coroutine on a shard: the body of every method of our gRPC services.
#pragma once

#include <boost/asio/co_spawn.hpp>

#include "platform/grpc/server.hpp"

namespace esm::grpc_server {

// The status of an exception that escaped a handler: UNAVAILABLE for a database that is away, else INTERNAL, logged.
::grpc::Status status_of(const std::exception_ptr& failure);

// `work(context&) -> awaitable<result<void>>` fills the response it captured; it and what it captured live until the end.
template <class Work>
::grpc::ServerUnaryReactor* unary(async::runtime& runtime, ::grpc::CallbackServerContext* call, Work work) {
    auto* reactor = call->DefaultReactor();
    auto shared = std::make_shared<std::pair<context, Work>>(read_context(*call), std::move(work));
    auto run = [](std::shared_ptr<std::pair<context, Work>> held) -> awaitable<::grpc::Status> {
        const result<void> outcome = co_await held->second(held->first);
        co_return outcome ? ::grpc::Status::OK : to_status(outcome.error());
    };
    asio::co_spawn(
        runtime.at(runtime.next_shard()), run(shared),
        [reactor](const std::exception_ptr& failure, ::grpc::Status status) {
            reactor->Finish(failure ? status_of(failure) : status);
        }
    );
    return reactor;
}

}  // namespace esm::grpc_server
