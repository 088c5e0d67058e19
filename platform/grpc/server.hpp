// The internal gRPC server of one service: callback API, limits of security.md, health (grpc.health.v1) and
// reflection. Calls hop to a shard, run as coroutines there and come back through the reactor.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"

namespace esm::grpc_server {

struct options {
    std::string address{"127.0.0.1"};
    unsigned short port{0};
    // PEM texts. With a certificate every client has to show one that the authority signed (mutual TLS).
    std::string certificate_pem, key_pem, authority_pem;
};

class server {
public:
    explicit server(options settings);
    ~server();
    // Services must outlive the server; add them before start.
    void add(::grpc::Service& service);
    // Throws std::runtime_error that names the port when it cannot be bound.
    void start();
    // The port it listens on: the given one, or the system's choice where that is 0.
    unsigned short port() const;
    // Health of grpc.health.v1 for the whole server; serving from start on.
    void set_serving(bool serving);
    // Lets running calls end for `grace`, then cancels them; waits for their coroutines, on whichever shard
    // they are.
    awaitable<void> stop(std::chrono::milliseconds grace);

private:
    void shut_down(std::chrono::milliseconds grace);

    struct state;
    std::unique_ptr<state> state_;
};

// The status of an error: code from errors.yaml; the message is the detail and what is wrong with each field.
::grpc::Status to_status(const error& cause);

// The same, with the code's name in the call's trailing metadata "esm-error-code", and "retry-after" in
// seconds where it helps. Once a call, before it finishes.
::grpc::Status to_status(const error& cause, ::grpc::CallbackServerContext& call);

// Trace and deadline out of the call's metadata (x-request-id, x-correlation-id, traceparent); ids are made
// where none came, and a call without a deadline gets 30 s.
context read_context(const ::grpc::CallbackServerContext& call);

}  // namespace esm::grpc_server

#include "platform/grpc/unary.hpp"
