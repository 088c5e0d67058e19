// The user service as app/ wires it: accounts over REST and gRPC, user events on `user-registration-events`.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>
#include <string>
#include <vector>

#include "platform/db/migrate.hpp"
#include "platform/events/event_log.hpp"
#include "platform/grpc/gate.hpp"
#include "platform/http/router.hpp"
#include "platform/http/service_routes.hpp"
#include "platform/observe/metrics.hpp"
#include "platform/security/sealed.hpp"
#include "services/users/config.hpp"
#include "services/users/export_user.hpp"
#include "services/users/register_user.hpp"
#include "services/users/validate_credentials.hpp"

namespace esm::users {

struct service_deps {
    async::runtime& runtime;
    db::database& database;
    events::event_log& log;
    observe::metrics& metrics;
    const config& settings;
    const grpc_server::gate& callers;
    const security::master_key& code_key;  // what the codes of mails follow from
    std::vector<data_holder> holders;      // the services that hold personal data besides
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

    // For the auth service in the same process, and for `esm admin create`.
    validate_credentials& credentials();
    register_user& registering();

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace esm::users
