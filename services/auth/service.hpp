// The auth service as app/ wires it: sessions and tokens over REST, token validation over gRPC,
// `auth-events`.
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
#include "platform/personal_data/export_page.hpp"
#include "platform/security/authenticator.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/config.hpp"
#include "services/auth/identity.hpp"

namespace esm::auth {

struct service_deps {
    async::runtime& runtime;
    db::database& database;
    events::event_log& log;
    observe::metrics& metrics;
    const config& settings;
    const grpc_server::gate& callers;
    credential_check& users;
    security::authenticator& tokens;
    const security::master_key& master;
    security::revocations& revoked;
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

    // Makes the clients that the configuration names, before start.
    awaitable<void> put_configured_clients();

    // A token by which this process calls the others' internal interfaces. errc::unavailable before the
    // signing keys are loaded.
    result<std::string> service_token() const;

    // Who holds an API key, for services in the same process. errc::invalid_token.
    awaitable<result<principal>> find_api_key(std::string token);

    // What is held on a user, for the user service in the same process.
    awaitable<result<personal_data::export_page>> export_user(
        const context& ctx, std::int64_t user_id, std::string cursor
    );

    // The current JWKS, for services in the same process.
    result<std::string> jwks() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

}  // namespace esm::auth
