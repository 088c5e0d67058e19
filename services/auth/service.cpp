// See service.hpp.
#include "services/auth/service.hpp"

#include "platform/base/random.hpp"
#include "platform/db/housekeeping.hpp"
#include "platform/events/consumer.hpp"
#include "platform/events/sql.hpp"
#include "platform/http/idempotency.hpp"
#include "platform/http/sql.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/throttle/sql.hpp"
#include "services/auth/events.hpp"
#include "services/auth/export_user.hpp"
#include "services/auth/follow_users.hpp"
#include "services/auth/grpc_service.hpp"
#include "services/auth/routes.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

using namespace std::chrono_literals;

const std::string consumer_group = "auth";
constexpr auto tidy_every = 5s;
constexpr auto tidy_patience = 5s;
constexpr std::int64_t tidy_rows_max = 20'000;

// Sessions with their refresh tokens, challenges, counts of tries and idempotency keys whose time is over.
awaitable<void> tidy(db::database& database) {
    const auto now = now_us();
    co_await database.query(deadline_in(tidy_patience), sql::delete_ended_sessions, now, tidy_rows_max);
    co_await database.query(deadline_in(tidy_patience), sql::delete_old_challenges, now, tidy_rows_max);
    co_await throttle::forget_old(database, tidy_rows_max, deadline_in(tidy_patience));
    co_await http::forget_old_keys(database, tidy_rows_max);
}

}  // namespace

struct service::parts {
    explicit parts(service_deps deps)
        : publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          keys(deps.runtime, deps.database, publishing.writer(), deps.master, deps.settings),
          issuer(keys, publishing.writer(), deps.settings),
          ending(deps.database, publishing.writer(), deps.revoked, deps.settings),
          limits(deps.database, deps.master),
          factor(deps.database, deps.users, deps.master, ending),
          logging_in(deps.users, deps.database, issuer, publishing.writer(), limits, factor),
          second_step(deps.database, issuer, factor, limits),
          refreshing(deps.runtime, deps.database, issuer, ending, deps.master, deps.settings),
          logging_out(deps.database, ending),
          keys_of_users(deps.database, ending),
          clients(deps.database, ending),
          answers(deps.database, deps.master),
          granting(deps.runtime, deps.database, issuer, deps.settings),
          inspecting(deps.database, deps.tokens, keys_of_users, ending),
          exporting(deps.database, factor),
          following(ending),
          consumer(
              deps.runtime,
              deps.log,
              deps.database,
              {consumer_group, {"user-registration-events"}},
              [this](db::transaction& tx, const events::event& cause) { return following.apply(tx, cause); }
          ),
          rounds(deps.runtime, "auth", tidy_every, [&database = deps.database] { return tidy(database); }),
          routes{
              logging_in,
              refreshing,
              logging_out,
              keys,
              {deps.database, keys},
              {deps.database, ending},
              {keys_of_users, answers},
              second_step,
              factor,
              {clients, answers},
              {clients, granting, refreshing, inspecting, deps.settings}
          },
          users(deps.users),
          settings(deps.settings),
          grpc(make_grpc_service(deps.callers, deps.tokens, inspecting, exporting)) {
        events::show(deps.metrics, consumer_group, consumer);
    }

    outbox::publishing publishing;
    key_ring keys;
    token_issuer issuer;
    end_sessions ending;
    login_limits limits;
    second_factor factor;
    login logging_in;
    mfa_login second_step;
    refresh_tokens refreshing;
    logout logging_out;
    api_keys keys_of_users;
    oauth_clients clients;
    http::shown_once answers;
    client_tokens granting;
    inspect_token inspecting;
    auth::export_user exporting;
    follow_users following;
    events::consumer consumer;
    db::housekeeping rounds;
    route_deps routes;
    credential_check& users;
    const config& settings;
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
        {"inbox", events::migrations},
        {"throttle", throttle::migrations},
        {"idempotency", http::migrations},
        {"auth", esm::auth::migrations},
    };
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
    parts_->rounds.start();
    parts_->consumer.start(0);
}

awaitable<void> service::stop() {
    co_await parts_->consumer.stop();
    parts_->keys.stop();
    co_await parts_->rounds.stop();
    co_await parts_->publishing.stop();
}

awaitable<void> service::put_configured_clients() {
    const auto& settings = parts_->settings;
    co_await parts_->clients.put_configured_clients(
        "auth.service_clients",
        settings.service_clients,
        "internal:users internal:auth internal:tasks internal:notifications introspect"
    );
    co_await parts_->clients.put_configured_clients(
        "auth.worker_clients", settings.worker_clients, "tasks:work"
    );
}

result<std::string> service::service_token() const {
    session own;
    own.session_id = make_uuid();
    own.client_id = "auth";
    own.scopes = {"internal:users", "internal:tasks", "internal:notifications", "internal:auth"};
    own.expires_at = std::numeric_limits<instant_us>::max();
    return parts_->issuer.access_token(own, now_us());
}

awaitable<result<principal>> service::find_api_key(std::string token) {
    co_return co_await parts_->keys_of_users.find(token);
}

awaitable<result<personal_data::export_page>> service::export_user(
    const context& ctx, std::int64_t user_id, std::string cursor
) {
    return parts_->exporting.page(ctx, user_id, std::move(cursor));
}

result<std::string> service::jwks() const {
    return parts_->keys.jwks();
}

}  // namespace esm::auth
