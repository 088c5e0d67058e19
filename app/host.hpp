// What stands around one service in a process: its database, metrics, HTTP and gRPC servers. Made by the
// service's wiring (wire_*.cpp), lives as long as the process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/shared_parts.hpp"
#include "platform/db/migrate.hpp"
#include "platform/grpc/gate.hpp"
#include "platform/grpc/server.hpp"
#include "platform/http/server.hpp"
#include "platform/http/service_routes.hpp"

namespace esm::app {

struct host_options {
    std::string service;  // "tasks"
    std::string db_url;   // empty: a SQLite file in the data folder
    std::int64_t http_port{0};
    std::int64_t grpc_port{0};
    std::string_view openapi_yaml, openapi_json;
};

class host {
public:
    host(shared_parts& shared, host_options options);

    db::database& database() { return *database_; }
    observe::metrics& metrics() { return metrics_; }
    const std::string& service() const { return options_.service; }
    // Who may call the service's gRPC interface.
    const grpc_server::gate& callers() const { return callers_; }
    unsigned short http_port() const;

    // Applies what is missing, waiting for a database that is away. False when `stopping` became true
    // meanwhile.
    bool migrate(const std::vector<db::migration_set>& sets, const std::atomic<bool>& stopping);
    // Binds both ports. Throws when one is in use.
    void open(
        std::vector<http::route> routes,
        std::vector<::grpc::Service*> grpc_services,
        std::vector<http::dependency> dependencies
    );
    // Stops accepting and lets what was accepted finish until `until`.
    awaitable<void> close(deadline until);

private:
    shared_parts& shared_;
    host_options options_;
    observe::metrics metrics_;
    std::unique_ptr<db::database> database_;
    const grpc_server::gate callers_;
    http::service_info info_;
    std::unique_ptr<http::server> http_;
    std::unique_ptr<grpc_server::server> grpc_;
};

// One wired service: process.cpp drives all of them alike.
class hosted {
public:
    virtual ~hosted() = default;
    virtual host& around() = 0;
    virtual std::vector<db::migration_set> migrations() const = 0;
    virtual std::vector<std::string> topics() const = 0;
    virtual std::vector<http::route> routes() = 0;
    virtual void start() = 0;
    virtual void open() = 0;
    virtual awaitable<void> stop() = 0;
};

// The wiring of a service that keeps the common skeleton: `Service` and its configuration.
template <class Service, class Config>
class hosted_service : public hosted {
public:
    hosted_service(shared_parts& shared, host_options options, Config settings)
        : host_(shared, std::move(options)), settings_(std::move(settings)) {}

    host& around() override { return host_; }
    Service& service() { return *service_; }
    const Config& settings() const { return settings_; }
    void construct(std::unique_ptr<Service> service) { service_ = std::move(service); }

    std::vector<db::migration_set> migrations() const override { return Service::migrations(); }
    std::vector<std::string> topics() const override { return Service::topics(); }
    std::vector<http::route> routes() override { return service_->routes(); }
    void start() override { service_->start(); }
    void open() override {
        host_.open(service_->routes(), service_->grpc_services(), service_->dependencies());
    }
    awaitable<void> stop() override { co_await service_->stop(); }

private:
    host host_;
    Config settings_;
    std::unique_ptr<Service> service_;
};

}  // namespace esm::app
