// See service.hpp.
#include "services/users/service.hpp"

#include "platform/db/sql.hpp"
#include "platform/http/sql.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "services/users/events.hpp"
#include "services/users/grpc_service.hpp"
#include "services/users/routes.hpp"
#include "services/users/sql.hpp"

namespace esm::users {

struct service::parts {
    explicit parts(service_deps deps)
        : hasher(std::thread::hardware_concurrency()),
          ids(deps.runtime, deps.database, "user", 1000, 1),
          publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          registering(hasher, ids, publishing.writer()),
          credentials(hasher, deps.database),
          routes{{registering, deps.database}, {deps.database}},
          grpc(make_grpc_service(deps.runtime, credentials, deps.database)) {}

    security::password_hasher hasher;
    db::id_block ids;
    outbox::publishing publishing;
    register_user registering;
    validate_credentials credentials;
    route_deps routes;
    std::unique_ptr<::grpc::Service> grpc;
};

service::service(service_deps deps) : parts_(std::make_unique<parts>(deps)) {}
service::~service() = default;

std::vector<http::route> service::routes() {
    return route_table(parts_->routes);
}
std::vector<::grpc::Service*> service::grpc_services() {
    return {parts_->grpc.get()};
}

std::vector<db::migration_set> service::migrations() {
    return {
        {"outbox", outbox::migrations},
        {"idempotency", http::migrations},
        {"id_block", db::migrations},
        {"users", esm::users::migrations},
    };
}

std::vector<std::string> service::topics() {
    return {std::string(user_topic)};
}
std::vector<http::dependency> service::dependencies() {
    return {};
}
void service::start() {
    parts_->publishing.start(0);
}
awaitable<void> service::stop() {
    co_await parts_->publishing.stop();
}
validate_credentials& service::credentials() {
    return parts_->credentials;
}
register_user& service::registering() {
    return parts_->registering;
}

}  // namespace esm::users
