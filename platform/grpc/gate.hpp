// Who may call an internal method: asked before every one, on the shard that will run it. Made by app/, lives
// as long as the server.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"
#include "platform/grpc/open_streams.hpp"

namespace esm::grpc_server {

// Verifies the value of the `authorization` metadata: the caller, or errc::unauthenticated,
// errc::invalid_token.
using authenticate_function = std::function<awaitable<result<principal>>(std::string_view authorization)>;

// The same of what was verified before, at once and on any thread; nullptr where that is not so.
using recognize_function = std::function<std::shared_ptr<const principal>(std::string_view authorization)>;

class gate {
public:
    // `scope`: what a service's token needs, as "internal:tasks". `services`: the names in certificates that
    // stand for our own services.
    gate(
        async::runtime& runtime,
        std::string scope,
        authenticate_function authenticate,
        recognize_function recognize = {},
        std::vector<std::string> services = {}
    )
        : runtime_(runtime),
          scopes_{std::move(scope)},
          authenticate_(std::move(authenticate)),
          recognize_(std::move(recognize)),
          services_(std::move(services)) {}

    async::runtime& runtime() const { return runtime_; }

    // The same for methods that tokens with one more scope open, as "tasks:work". Both close together.
    gate also_for(std::string scope) const {
        auto wider = *this;
        wider.scopes_.push_back(std::move(scope));
        return wider;
    }

    // The server is about to stop: calls that only wait should end now. Any thread.
    bool closing() const { return closing_->load(std::memory_order_relaxed); }
    void begin_closing() const { closing_->store(true, std::memory_order_relaxed); }

    // A peer whose certificate bears the name of one of our services, as common name or alternative name,
    // comes in (a server that takes certificates lets nobody connect whose certificate our authority did not
    // sign). From everybody else a service's token is asked for. errc::unauthenticated, errc::invalid_token,
    // errc::forbidden.
    awaitable<result<void>> admit(const ::grpc::CallbackServerContext& call) const;

    // Whether admit() would let the call in without waiting, for a method that can answer on gRPC's thread.
    // False says nothing.
    bool admits_at_once(const ::grpc::CallbackServerContext& call) const;

    // Of the calls that were let in, those that stream.
    open_streams& streams() const { return *streams_; }

private:
    bool is_service(const ::grpc::CallbackServerContext& call) const;
    bool may_enter(const principal& caller) const;

    async::runtime& runtime_;
    std::vector<std::string> scopes_;
    authenticate_function authenticate_;
    recognize_function recognize_;
    std::vector<std::string> services_;
    std::shared_ptr<std::atomic<bool>> closing_{std::make_shared<std::atomic<bool>>(false)};
    // Of this gate and those made wider from it.
    std::shared_ptr<open_streams> streams_{std::make_shared<open_streams>()};
};

}  // namespace esm::grpc_server
