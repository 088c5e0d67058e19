// See service.hpp.
#include "services/users/service.hpp"

#include "platform/db/sql.hpp"
#include "platform/http/sql.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/throttle/sql.hpp"
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
          wrong_passwords(deps.database, "own-password"),
          proving(hasher, deps.database, wrong_passwords),
          registering(hasher, ids, publishing.writer(), trail),
          credentials(hasher, deps.database),
          changing(deps.database, publishing.writer(), trail),
          changing_password(hasher, proving, deps.database, publishing.writer(), trail),
          deleting(proving, deps.database, publishing.writer(), trail),
          locking(deps.database, publishing.writer(), trail),
          giving_roles(deps.database, publishing.writer(), trail),
          exporting(
              deps.database, std::move(deps.holders), static_cast<std::size_t>(deps.settings.export_max_bytes)
          ),
          routes{
              {registering, deps.database},
              {deps.database, changing, changing_password, deleting},
              {deps.database},
              {deps.database},
              {deps.database, changing, locking, giving_roles},
              {exporting}
          },
          grpc(make_grpc_service(deps.callers, credentials, deps.database)) {}

    security::password_hasher hasher;
    db::id_block ids;
    outbox::publishing publishing;
    audit trail;
    throttle::failure_backoff wrong_passwords;
    prove_password proving;
    register_user registering;
    validate_credentials credentials;
    change_profile changing;
    change_password changing_password;
    delete_user deleting;
    lock_user locking;
    set_roles giving_roles;
    export_user exporting;
    route_deps routes;
    std::unique_ptr<::grpc::Service> grpc;
};

service::service(service_deps deps) : parts_(std::make_unique<parts>(std::move(deps))) {}
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
        {"throttle", throttle::migrations},
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
