// See grpc_service.hpp.
#include "services/notifications/grpc_service.hpp"

#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "platform/grpc/server.hpp"
#include "services/notifications/export_notifications.hpp"
#include "services/notifications/get_notification.hpp"

namespace esm::notifications {

namespace {

namespace proto = ::eventstreammonitor::notifications::v1;

proto::NotificationStatus to_proto(status shown) {
    switch (shown) {
        case status::pending:
            return proto::NOTIFICATION_STATUS_PENDING;
        case status::sending:
            return proto::NOTIFICATION_STATUS_SENDING;
        case status::retrying:
            return proto::NOTIFICATION_STATUS_RETRYING;
        case status::sent:
            return proto::NOTIFICATION_STATUS_SENT;
        case status::delivered:
            return proto::NOTIFICATION_STATUS_DELIVERED;
        case status::bounced:
            return proto::NOTIFICATION_STATUS_BOUNCED;
        case status::failed:
            return proto::NOTIFICATION_STATUS_FAILED;
        case status::suppressed:
            return proto::NOTIFICATION_STATUS_SUPPRESSED;
        case status::skipped:
            return proto::NOTIFICATION_STATUS_SKIPPED;
    }
    return proto::NOTIFICATION_STATUS_UNSPECIFIED;
}

void fill(proto::Notification& into, const told_notification& from) {
    const auto& what = from.what;
    into.set_notification_id(what.notification_id);
    into.set_user_id(what.user_id);
    into.set_channel(what.channel);
    into.set_event_type(what.event_type);
    into.set_recipient(what.recipient);
    into.set_subject(what.subject);
    into.set_status(to_proto(what.status));
    into.set_attempts(static_cast<std::int32_t>(what.attempts));
    if (what.error_message) into.set_error_message(*what.error_message);
    into.set_created_at_us(what.created_at);
    if (what.sent_at) into.set_sent_at_us(*what.sent_at);
    into.set_correlation_id(what.correlation_id);
    for (const auto& each : from.attempts) {
        auto& log = *into.add_attempt_log();
        log.set_number(static_cast<std::int32_t>(each.number));
        log.set_started_at_us(each.started_at);
        log.set_finished_at_us(each.finished_at);
        log.set_outcome(each.outcome);
        if (each.outcome != "sent") log.set_error_message(each.answer);
    }
}

class notification_service final : public proto::NotificationService::CallbackService {
public:
    notification_service(const grpc_server::gate& callers, db::database& database)
        : callers_(callers), database_(database) {}

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
};

}  // namespace

std::unique_ptr<::grpc::Service> make_grpc_service(const grpc_server::gate& callers, db::database& database) {
    return std::make_unique<notification_service>(callers, database);
}

}  // namespace esm::notifications
