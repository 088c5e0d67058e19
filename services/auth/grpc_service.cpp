// See grpc_service.hpp.
#include "services/auth/grpc_service.hpp"

#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"
#include "platform/grpc/server.hpp"

namespace esm::auth {

namespace {

namespace proto = ::eventstreammonitor::auth::v1;

class token_service final : public proto::TokenService::CallbackService {
public:
    token_service(async::runtime& runtime, security::authenticator& tokens)
        : runtime_(runtime), tokens_(tokens) {}

    ::grpc::ServerUnaryReactor* ValidateToken(
        ::grpc::CallbackServerContext* call,
        const proto::ValidateTokenRequest* request,
        proto::ValidateTokenResponse* reply
    ) override {
        return grpc_server::unary(
            runtime_,
            call,
            [this, request, reply](const context&) -> awaitable<result<void>> {
                const auto caller = co_await tokens_.verify(request->access_token());
                if (!caller) {
                    if (caller.error().code == errc::unavailable) co_return caller.error();
                    co_return result<void>();
                }
                fill(*reply, *caller);
                co_return result<void>();
            }
        );
    }

private:
    static void fill(proto::ValidateTokenResponse& into, const principal& from) {
        into.set_active(true);
        into.set_user_id(from.user_id);
        into.set_username(from.username);
        into.set_session_id(from.session_id);
        for (const auto& role : from.roles) into.add_roles(role);
        for (const auto& scope : from.scopes) into.add_scopes(scope);
        into.set_expires_at_us(from.expires_at_us);
    }

    async::runtime& runtime_;
    security::authenticator& tokens_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_grpc_service(async::runtime& runtime, security::authenticator& tokens) {
    return std::make_unique<token_service>(runtime, tokens);
}

}  // namespace esm::auth
