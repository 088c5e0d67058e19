// See grpc_service.hpp.
#include "services/notifications/grpc_service.hpp"

#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "platform/grpc/server.hpp"
#include "services/notifications/direct/send_grpc.hpp"
#include "services/notifications/export_notifications.hpp"
#include "services/notifications/get_notification.hpp"
#include "services/notifications/grpc_messages.hpp"

namespace esm::notifications {

namespace {

namespace proto = ::eventstreammonitor::notifications::v1;

void fill(proto::Notification& into, const told_notification& from) {
    notifications::fill(into, from.what);
    for (const auto& each : from.attempts) notifications::fill(*into.add_attempt_log(), each);
}

class notification_service final : public proto::NotificationService::CallbackService {
public:
    notification_service(const grpc_server::gate& callers, db::database& database, send_message& sending)
        : callers_(callers), database_(database), sending_(sending) {}

    ::grpc::ServerUnaryReactor* Send(
        ::grpc::CallbackServerContext* call, const proto::SendRequest* request, proto::SendResponse* reply
    ) override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                return send_over_grpc({database_, sending_}, ctx, *request, *reply);
            }
        );
    }

    ::grpc::ServerUnaryReactor* Get(
        ::grpc::CallbackServerContext* call, const proto::GetRequest* request, proto::GetResponse* reply
    ) override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                std::optional<std::int64_t> only_of;
                if (request->has_user_id()) only_of = request->user_id();
                const auto told =
                    co_await get_notification(database_, request->notification_id(), only_of, ctx.until);
                if (!told) co_return told.error();
                fill(*reply->mutable_notification(), *told);
                co_return result<void>();
            }
        );
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
                auto page = co_await export_notifications(
                    database_, request->user_id(), request->cursor(), ctx.until
                );
                if (!page) co_return page.error();
                reply->set_json(std::move(page->json));
                reply->set_next_cursor(std::move(page->next_cursor));
                co_return result<void>();
            }
        );
    }

private:
    const grpc_server::gate& callers_;
    db::database& database_;
    send_message& sending_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_grpc_service(
    const grpc_server::gate& callers, db::database& database, send_message& sending
) {
    return std::make_unique<notification_service>(callers, database, sending);
}

}  // namespace esm::notifications
