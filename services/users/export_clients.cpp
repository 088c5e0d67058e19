// See export_clients.hpp.
#include "services/users/export_clients.hpp"

#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"
#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "eventstreammonitor/tasks/v1/tasks.grpc.pb.h"
#include "platform/grpc/client.hpp"

namespace esm::users {

namespace {

namespace proto = ::eventstreammonitor;

template <class Service, class Request, class Response>
personal_data::read_page export_from(grpc_client::peer peer) {
    const std::shared_ptr<typename Service::Stub> stub = Service::NewStub(peer.channel);
    return [peer = std::move(peer), stub](
               const context& ctx, std::int64_t user_id, std::string cursor
           ) -> awaitable<result<personal_data::export_page>> {
        Request request;
        request.set_user_id(user_id);
        request.set_cursor(std::move(cursor));
        auto reply = co_await grpc_client::call<Response>(peer, ctx, [&](auto* call, auto* into, auto done) {
            stub->async()->ExportUser(call, &request, into, std::move(done));
        });
        if (!reply) co_return reply.error();
        co_return personal_data::export_page{
            std::move(*reply->mutable_json()), std::move(*reply->mutable_next_cursor())
        };
    };
}

}  // namespace

personal_data::read_page export_from_auth(grpc_client::peer auth) {
    using namespace proto::auth::v1;
    return export_from<TokenService, ExportUserRequest, ExportUserResponse>(std::move(auth));
}

personal_data::read_page export_from_tasks(grpc_client::peer tasks) {
    using namespace proto::tasks::v1;
    return export_from<TaskService, ExportUserRequest, ExportUserResponse>(std::move(tasks));
}

personal_data::read_page export_from_notifications(grpc_client::peer notifications) {
    using namespace proto::notifications::v1;
    return export_from<NotificationService, ExportUserRequest, ExportUserResponse>(std::move(notifications));
}

}  // namespace esm::users
