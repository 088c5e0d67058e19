// See service.hpp.
#include "services/auth/service.hpp"

#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "services/auth/events.hpp"
#include "services/auth/grpc_service.hpp"
#include "services/auth/routes.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

struct service::parts {
    explicit parts(service_deps deps)
        : publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          keys(deps.runtime, deps.database, deps.master),
          issuer(keys, publishing.writer(), deps.settings),
          logging_in(deps.users, deps.database, issuer, publishing.writer()),
          refreshing(deps.database, issuer, publishing.writer(), deps.master, deps.settings),
          logging_out(deps.database, publishing.writer()),
          users(deps.users),
          grpc(make_grpc_service(deps.runtime, deps.tokens, deps.database)) {}

    outbox::publishing publishing;
    key_ring keys;
    token_issuer issuer;
    login logging_in;
    refresh_tokens refreshing;
    logout logging_out;
    credential_check& users;
    std::unique_ptr<::grpc::Service> grpc;
};

service::service(service_deps deps) : parts_(std::make_unique<parts>(deps)) {}
service::~service() = default;

std::vector<http::route> service::routes() {
    return route_table({parts_->logging_in, parts_->refreshing, parts_->logging_out, parts_->keys});
}

std::vector<::grpc::Service*> service::grpc_services() {
    return {parts_->grpc.get()};
}

std::vector<db::migration_set> service::migrations() {
    return {{"outbox", outbox::migrations}, {"auth", esm::auth::migrations}};
}

std::vector<std::string> service::topics() {
    return {std::string(auth_topic)};
}

std::vector<http::dependency> service::dependencies() {
    return {
        {"signing-keys", true, [this](deadline) -> awaitable<bool> { co_return parts_->keys.is_ready(); }},
        {"users", false, [this](deadline until) { return parts_->users.is_ready(until); }},
    };
}

void service::start() {
    parts_->publishing.start(0);
    parts_->keys.start(0);
}

awaitable<void> service::stop() {
    parts_->keys.stop();
    co_await parts_->publishing.stop();
}

result<std::string> service::jwks() const {
    return parts_->keys.jwks();
}

}  // namespace esm::auth
