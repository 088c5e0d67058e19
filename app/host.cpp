// See host.hpp.
#include "app/host.hpp"

#include "platform/observe/log.hpp"

namespace esm::app {

namespace {

constexpr auto migrate_patience = std::chrono::seconds(60);
constexpr auto retry_first = std::chrono::milliseconds(100);
constexpr auto retry_last = std::chrono::milliseconds(2000);

std::unique_ptr<db::database> open_database(shared_parts& shared, const host_options& options) {
    db::options settings;
    settings.url = options.db_url;
    if (settings.url.empty()) settings.url = "sqlite://" + shared.folder->file(options.service + ".db");
    settings.connections_a_shard = static_cast<unsigned>(shared.settings.connections_a_shard);
    settings.application_name = "esm-" + options.service;
    return db::open(shared.runtime, std::move(settings));
}

grpc_server::options grpc_options(const shared_parts& shared, unsigned short port) {
    grpc_server::options made{shared.settings.address, port, {}, {}, {}};
    const auto tls = grpc_tls_files(shared.settings);
    if (tls.given()) {
        made.certificate_pem = grpc_client::read_pem(tls.certificate);
        made.key_pem = grpc_client::read_pem(tls.key);
        made.authority_pem = grpc_client::read_pem(tls.authority);
    }
    return made;
}

void report_pool(observe::metrics& metrics, db::database& database) {
    const auto gauge = [&](const char* name, const char* help, std::size_t db::pool_stats::* field) {
        metrics.make_gauge(name, help, {}, [&database, field] {
            return static_cast<double>(database.stats().*field);
        });
    };
    gauge("db_connections_open", "Database connections that are open.", &db::pool_stats::open);
    gauge("db_connections_idle", "Database connections nobody uses.", &db::pool_stats::idle);
    gauge("db_waiters", "Callers that wait for a database connection.", &db::pool_stats::waiting);
}

}  // namespace

host::host(shared_parts& shared, host_options options)
    : shared_(shared),
      options_(std::move(options)),
      metrics_(options_.service),
      database_(open_database(shared, options_)),
      callers_(
          shared.runtime,
          "internal:" + options_.service,
          [&shared](std::string_view authorization) { return shared.tokens->authenticate(authorization); },
          [&shared](std::string_view authorization) { return shared.tokens->known_bearer(authorization); },
          shared.settings.grpc_services
      ) {
    report_pool(metrics_, *database_);
}

unsigned short host::http_port() const {
    return http_->port();
}

bool host::migrate(const std::vector<db::migration_set>& sets, const std::atomic<bool>& stopping) {
    auto retry = retry_first;
    while (!stopping) {
        try {
            const auto applied =
                shared_.runtime.block_on(db::migrate(*database_, sets, deadline_in(migrate_patience)));
            if (applied > 0) {
                observe::log(
                    observe::level::info,
                    "database migrated",
                    {{"service", options_.service}, {"migrations", std::int64_t{applied}}}
                );
            }
            return true;
        } catch (const db::unavailable& away) {
            observe::log(
                observe::level::warn,
                "waiting for the database",
                {{"service", options_.service}, {"cause", std::string(away.what())}}
            );
        }
        std::this_thread::sleep_for(retry);
        retry = std::min(retry * 2, retry_last);
    }
    return false;
}

void host::open(
    std::vector<http::route> routes,
    std::vector<::grpc::Service*> grpc_services,
    std::vector<http::dependency> dependencies
) {
    info_.service = options_.service;
    info_.openapi_yaml = options_.openapi_yaml;
    info_.openapi_json = options_.openapi_json;
    info_.dependencies = std::move(dependencies);
    info_.dependencies.push_back({"database", true, [this](deadline until) {
                                      return database_->is_ready(until);
                                  }});
    info_.dependencies.push_back({"events", false, [this](deadline until) {
                                      return shared_.log->is_ready(until);
                                  }});
    info_.dependencies.push_back({"revocations", true, [this](deadline) -> awaitable<bool> {
                                      co_return shared_.revocation_feed->caught_up();
                                  }});
    http::router router;
    router.add(std::move(routes));
    router.add(http::service_routes(info_, metrics_));

    const auto shifted = [&](std::int64_t port) {
        return static_cast<unsigned short>(port == 0 ? 0 : port + shared_.settings.port_offset);
    };
    http::server_options options;
    options.service = options_.service;
    options.address = shared_.settings.address;
    options.port = shifted(options_.http_port);
    options.trusted_proxies = shared_.settings.trusted_proxies;
    http_ = std::make_unique<http::server>(
        shared_.runtime,
        options,
        std::move(router),
        [this](std::string_view authorization) { return shared_.tokens->authenticate(authorization); },
        metrics_
    );
    grpc_ = std::make_unique<grpc_server::server>(grpc_options(shared_, shifted(options_.grpc_port)));
    for (auto* each : grpc_services) grpc_->add(*each);
    // gRPC first: whoever sees /readyz may call it.
    grpc_->start();
    grpc_->set_serving(true);
    http_->start();
}

awaitable<void> host::close(deadline until) {
    callers_.begin_closing();
    if (grpc_) grpc_->set_serving(false);
    callers_.streams().end_all();
    if (http_) co_await http_->stop(until);
    if (grpc_) {
        const auto left = until - std::chrono::steady_clock::now();
        co_await grpc_->stop(std::chrono::duration_cast<std::chrono::milliseconds>(left));
    }
}

}  // namespace esm::app
