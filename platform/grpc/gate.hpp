// Who may call an internal method: asked before every one, on the shard that will run it. Made by app/, lives
// as long as the server.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>

#include "platform/async/runtime.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"

namespace esm::grpc_server {

// Verifies the value of the `authorization` metadata: the caller, or errc::unauthenticated,
// errc::invalid_token.
using authenticate_function = std::function<awaitable<result<principal>>(std::string_view authorization)>;

class gate {
public:
    // `scope`: what a service's token needs, as "internal:tasks".
    gate(async::runtime& runtime, std::string scope, authenticate_function authenticate)
        : runtime_(runtime), scope_(std::move(scope)), authenticate_(std::move(authenticate)) {}

    async::runtime& runtime() const { return runtime_; }

    // A peer whose certificate our authority has signed is one of our services (a server that takes
    // certificates takes no others); else a service's token is asked for. errc::unauthenticated,
    // errc::invalid_token, errc::forbidden.
    awaitable<result<void>> admit(const ::grpc::CallbackServerContext& call) const;

private:
    async::runtime& runtime_;
    const std::string scope_;
    const authenticate_function authenticate_;
};

}  // namespace esm::grpc_server
