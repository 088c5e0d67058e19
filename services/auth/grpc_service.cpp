// See grpc_service.hpp.
#include "services/auth/grpc_service.hpp"

#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"
#include "platform/grpc/server.hpp"

namespace esm::auth {

namespace {

namespace proto = ::eventstreammonitor::auth::v1;

class token_service final : public proto::TokenService::CallbackService {
public:
    token_service(
        const grpc_server::gate& callers,
        security::authenticator& tokens,
        inspect_token& inspecting,
        export_user& exporting
    )
        : callers_(callers), tokens_(tokens), inspecting_(inspecting), exporting_(exporting) {}

    ::grpc::ServerUnaryReactor* ValidateToken(
        ::grpc::CallbackServerContext* call,
        const proto::ValidateTokenRequest* request,
        proto::ValidateTokenResponse* reply
    ) override {
        // A token that was verified before is answered for on gRPC's own thread: the way to a shard and back
        // costs more than all of the rest.
        if (callers_.admits_at_once(*call)) {
            if (const auto holder = tokens_.known(request->access_token())) {
                fill(*reply, *holder);
                auto* reactor = call->DefaultReactor();
                reactor->Finish(::grpc::Status::OK);
                return reactor;
            }
        }
        return grpc_server::unary(
            callers_,
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

    ::grpc::ServerUnaryReactor* IntrospectToken(
        ::grpc::CallbackServerContext* call,
        const proto::IntrospectTokenRequest* request,
        proto::IntrospectTokenResponse* reply
    ) override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                const auto found = co_await inspecting_.introspect(ctx, request->token());
                if (!found) co_return found.error();
                if (*found) {
                    fill(*reply, **found);
                    reply->set_client_id((*found)->client_id);
                }
                co_return result<void>();
            }
        );
    }

    ::grpc::ServerUnaryReactor* RevokeToken(
        ::grpc::CallbackServerContext* call,
        const proto::RevokeTokenRequest* request,
        proto::RevokeTokenResponse* /*reply*/
    ) override {
        return grpc_server::unary(callers_, call, [this, request](const context& ctx) {
            return inspecting_.revoke(ctx, request->token(), {});
        });
    }

    ::grpc::ServerUnaryReactor* ExportUser(
        ::grpc::CallbackServerContext* call,
        const proto::ExportUserRequest* request,
        proto::ExportUserResponse* reply
    ) override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                auto page = co_await exporting_.page(ctx, request->user_id(), request->cursor());
                if (!page) co_return page.error();
                reply->set_json(std::move(page->json));
                reply->set_next_cursor(std::move(page->next_cursor));
                co_return result<void>();
            }
        );
    }

private:
    template <class Response>
    static void fill(Response& into, const principal& from) {
        into.set_active(true);
        into.set_user_id(from.user_id);
        into.set_username(from.username);
        into.set_session_id(from.session_id);
        for (const auto& role : from.roles) into.add_roles(role);
        for (const auto& scope : from.scopes) into.add_scopes(scope);
        into.set_expires_at_us(from.expires_at_us);
    }

    const grpc_server::gate& callers_;
    security::authenticator& tokens_;
    inspect_token& inspecting_;
    export_user& exporting_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_grpc_service(
    const grpc_server::gate& callers,
    security::authenticator& tokens,
    inspect_token& inspecting,
    export_user& exporting
) {
    return std::make_unique<token_service>(callers, tokens, inspecting, exporting);
}

}  // namespace esm::auth
