// The task service as app/ wires it: tasks over REST and gRPC, built-in work, task events on
// `task-processing-events`.
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
#include "services/tasks/config.hpp"

namespace esm::tasks {

struct service_deps {
    async::runtime& runtime;
    db::database& database;
    events::event_log& log;
    observe::metrics& metrics;
    const config& settings;
    const grpc_server::gate& callers;
    const security::revocations& revoked;    // ends the streams of sessions that ended
    personal_data::read_page notifications;  // of a task's own user, for handlers
};

class service {
public:
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

}  // namespace esm::tasks
