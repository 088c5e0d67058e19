// The internal gRPC server of one service: callback API, limits of security.md, health (grpc.health.v1) and reflection.
// Calls hop to a shard, run as coroutines there and come back through the reactor.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "platform/async/runtime.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"

namespace esm::grpc_server {

struct options {
    std::string address{"127.0.0.1"};
    unsigned short port{0};
};

class server {
public:
    explicit server(options settings);
    ~server();
    // Services must outlive the server; add them before start.
    void add(::grpc::Service& service);
    // Throws std::runtime_error that names the port when it cannot be bound.
    void start();
    void set_serving(bool serving);
    void stop(std::chrono::milliseconds grace);

private:
    struct state;
    std::unique_ptr<state> state_;
};

// The status of an error: code from errors.yaml, message, and the code's name in trailing metadata "esm-error-code".
::grpc::Status to_status(const error& cause);

// Trace and deadline out of the call's metadata (x-request-id, x-correlation-id, traceparent).
context read_context(const ::grpc::CallbackServerContext& call);

}  // namespace esm::grpc_server

#include "platform/grpc/unary.hpp"
