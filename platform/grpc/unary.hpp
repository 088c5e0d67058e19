// One unary RPC as a coroutine on a shard: the body of every method of our gRPC services. No method can be
// written without saying who may call it.
#pragma once

#include <boost/asio/co_spawn.hpp>

#include "platform/grpc/gate.hpp"
#include "platform/grpc/server.hpp"

namespace esm::grpc_server {

// The error of an exception that escaped a handler, logged: unavailable for a database that is away, else
// internal.
error error_of(const std::exception_ptr& failure);
::grpc::Status status_of(const std::exception_ptr& failure);

// `work(context&) -> awaitable<result<void>>` fills the response it captured; it and what it captured live
// until the end.
template <class Work>
::grpc::ServerUnaryReactor* unary(const gate& callers, ::grpc::CallbackServerContext* call, Work work) {
    auto* reactor = call->DefaultReactor();
    auto shared = std::make_shared<std::pair<context, Work>>(read_context(*call), std::move(work));
    auto run = [](std::shared_ptr<std::pair<context, Work>> held,
                  const gate& asked,
                  const ::grpc::CallbackServerContext& from) -> awaitable<result<void>> {
        if (const auto admitted = co_await asked.admit(from); !admitted) co_return admitted.error();
        co_return co_await held->second(held->first);
    };
    asio::co_spawn(
        callers.runtime().at(callers.runtime().next_shard()),
        run(shared, callers, *call),
        [reactor, call](const std::exception_ptr& failure, const result<void>& outcome) {
            if (failure) return reactor->Finish(to_status(error_of(failure), *call));
            reactor->Finish(outcome ? ::grpc::Status::OK : to_status(outcome.error(), *call));
        }
    );
    return reactor;
}

}  // namespace esm::grpc_server
