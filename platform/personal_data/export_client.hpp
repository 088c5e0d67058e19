// What a service that runs apart holds on a user, asked over its internal gRPC interface. A template over the
// stubs of that service: each has its own ExportUser with the same fields.
#pragma once

#include "platform/grpc/client.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::personal_data {

// The function answers errc::unavailable and errc::deadline_exceeded where the service does.
template <class Service, class Request, class Response>
read_page export_from(grpc_client::peer peer) {
    const std::shared_ptr<typename Service::Stub> stub = Service::NewStub(peer.channel);
    return [peer = std::move(peer), stub](
               const context& ctx, std::int64_t user_id, std::string cursor
           ) -> awaitable<result<export_page>> {
        Request request;
        request.set_user_id(user_id);
        request.set_cursor(std::move(cursor));
        auto reply = co_await grpc_client::call<Response>(peer, ctx, [&](auto* call, auto* into, auto done) {
            stub->async()->ExportUser(call, &request, into, std::move(done));
        });
        if (!reply) co_return reply.error();
        co_return export_page{std::move(*reply->mutable_json()), std::move(*reply->mutable_next_cursor())};
    };
}

}  // namespace esm::personal_data
