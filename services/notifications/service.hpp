// The notification service as app/ wires it: events in, mails out, the log of both over REST and gRPC, its
// own events on `notification-events`.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/db/migrate.hpp"
#include "platform/events/event_log.hpp"
#include "platform/grpc/gate.hpp"
#include "platform/http/router.hpp"
#include "platform/http/service_routes.hpp"
#include "platform/observe/metrics.hpp"
#include "platform/personal_data/export_page.hpp"
#include "platform/security/revocations.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/config.hpp"

namespace esm::notifications {

struct service_deps {
    async::runtime& runtime;
    db::database& database;
    events::event_log& log;
    observe::metrics& metrics;
    const config& settings;
    const grpc_server::gate& callers;
    const security::master_key& code_key;  // what the codes of mails follow from
    const security::revocations& revoked;
};

class service {
public:
    // Throws config::invalid_configuration when mail_from is no mailbox or smtp_url no SMTP URL.
    explicit service(service_deps deps);
    ~service();

    std::vector<http::route> routes();
    std::vector<::grpc::Service*> grpc_services();
    static std::vector<db::migration_set> migrations();
    static std::vector<std::string> topics();
    std::vector<http::dependency> dependencies();
    void start();
    awaitable<void> stop();

    // For the user service in the same process.
    awaitable<result<personal_data::export_page>> export_user(
        const context& ctx, std::int64_t user_id, std::string cursor
    );

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace esm::notifications
