// The limit of TokenService.ValidateToken: a bare gRPC callback server that answers the same message at once,
// with the thread limits of platform/grpc/server.cpp and none of our work. `bench_grpc_echo PORT` runs until
// SIGTERM.
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"

namespace {

namespace proto = ::eventstreammonitor::auth::v1;

constexpr int threads_max = 16;
constexpr int streams_max = 100;

class echo_service final : public proto::TokenService::CallbackService {
public:
    ::grpc::ServerUnaryReactor* ValidateToken(
        ::grpc::CallbackServerContext* call,
        const proto::ValidateTokenRequest*,
        proto::ValidateTokenResponse* reply
    ) override {
        reply->set_active(true);
        reply->set_user_id(1'000'001);
        reply->set_username("bench1");
        reply->set_session_id("0192f6a4-7d3a-7b4c-9a55-2f6f6f0f2d11");
        reply->add_roles("user");
        for (const auto* scope :
             {"users:read", "users:write", "tasks:read", "tasks:write", "notifications:read"}) {
            reply->add_scopes(scope);
        }
        reply->set_expires_at_us(1'790'000'000'000'000);
        auto* reactor = call->DefaultReactor();
        reactor->Finish(::grpc::Status::OK);
        return reactor;
    }
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fputs("usage: bench_grpc_echo PORT\n", stderr);
        return 2;
    }
    // Blocked before gRPC starts its threads, so that only sigwait gets it.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    echo_service service;
    ::grpc::ResourceQuota quota("echo");
    quota.SetMaxThreads(threads_max);
    ::grpc::ServerBuilder builder;
    builder.SetResourceQuota(quota);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, streams_max);
    builder.AddListeningPort("127.0.0.1:" + std::string(arguments[1]), ::grpc::InsecureServerCredentials());
    builder.RegisterService(&service);
    const auto server = builder.BuildAndStart();
    if (!server) return 1;
    int signal = 0;
    sigwait(&ending, &signal);
    server->Shutdown();
    return 0;
}
