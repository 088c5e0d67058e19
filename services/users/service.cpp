// See service.hpp.
#include "services/users/service.hpp"

#include "platform/db/housekeeping.hpp"
#include "platform/db/sql.hpp"
#include "platform/http/idempotency.hpp"
#include "platform/http/sql.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/throttle/sql.hpp"
#include "services/users/events.hpp"
#include "services/users/grpc_service.hpp"
#include "services/users/routes.hpp"
#include "services/users/sql.hpp"

namespace esm::users {

namespace {

using namespace std::chrono_literals;

constexpr auto tidy_every = 10s;
constexpr auto tidy_patience = 5s;
constexpr std::int64_t tidy_rows_max = 5000;
// Asking for codes and answering them, from one address of the network.
constexpr std::int64_t code_tries_max = 30;
constexpr auto code_tries_window = 1min;

awaitable<void> tidy(db::database& database) {
    co_await challenge_store::forget_old(database, tidy_rows_max, deadline_in(tidy_patience));
    co_await throttle::forget_old(database, tidy_rows_max, deadline_in(tidy_patience));
    co_await http::forget_old_keys(database, tidy_rows_max);
}

}  // namespace

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
          visitors(deps.database, "mailed-code-address", code_tries_max, code_tries_window),
          answering(deps.database, deps.code_key),
          requesting(deps.database, publishing.writer(), deps.code_key),
          verifying(answering, deps.database, publishing.writer(), trail),
          resetting(hasher, answering, deps.database, publishing.writer(), trail),
          rounds(deps.runtime, "users", tidy_every, [&database = deps.database] { return tidy(database); }),
          routes{
              {registering, deps.database},
              {deps.database, changing, changing_password, deleting},
              {deps.database},
              {deps.database},
              {deps.database, changing, locking, giving_roles},
              {exporting},
              {requesting, verifying, resetting, proving, visitors}
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
    throttle::rate_limit visitors;
    prove_email answering;
    request_code requesting;
    verify_email verifying;
    reset_password resetting;
    db::housekeeping rounds;
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
    parts_->rounds.start();
}
awaitable<void> service::stop() {
    co_await parts_->rounds.stop();
    co_await parts_->publishing.stop();
}
validate_credentials& service::credentials() {
    return parts_->credentials;
}
register_user& service::registering() {
    return parts_->registering;
}

}  // namespace esm::users
