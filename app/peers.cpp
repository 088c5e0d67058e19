// See peers.hpp.
#include "app/peers.hpp"

#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"
#include "platform/grpc/client.hpp"

namespace esm::app {

namespace {

namespace proto = ::eventstreammonitor::auth::v1;

constexpr auto ask_patience = std::chrono::seconds(2);

principal read_holder(const proto::IntrospectTokenResponse& from) {
    principal holder;
    holder.kind = credential::api_key;
    holder.user_id = from.user_id();
    holder.username = from.username();
    holder.session_id = from.session_id();
    holder.client_id = from.client_id();
    holder.roles.assign(from.roles().begin(), from.roles().end());
    holder.scopes.assign(from.scopes().begin(), from.scopes().end());
    holder.expires_at_us = from.expires_at_us();
    return holder;
}

}  // namespace

grpc_client::peer make_peer(const shared_parts& shared, const std::vector<std::string>& targets) {
    const auto tls = grpc_tls_files(shared.settings);
    grpc_client::peer made{grpc_client::connect(targets, tls), {}};
    if (!tls.given()) made.token = shared.service_token;
    return made;
}

security::find_holder ask_auth(grpc_client::peer auth) {
    auto stub =
        std::make_shared<std::unique_ptr<proto::TokenService::Stub>>(proto::TokenService::NewStub(auth.channel
        ));
    return [auth = std::move(auth), stub](std::string_view token) -> awaitable<result<principal>> {
        proto::IntrospectTokenRequest request;
        request.set_token(std::string(token));
        const context ctx{{}, deadline_in(ask_patience), {}};
        const auto reply = co_await grpc_client::call<proto::IntrospectTokenResponse>(
            auth,
            ctx,
            [&](auto* call, auto* into, auto done) {
                (*stub)->async()->IntrospectToken(call, &request, into, std::move(done));
            }
        );
        if (!reply) co_return fail(errc::unavailable, "API keys cannot be checked at the moment");
        if (!reply->active()) co_return fail(errc::invalid_token, "the API key is not valid");
        co_return read_holder(*reply);
    };
}

}  // namespace esm::app
