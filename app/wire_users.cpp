// The user service, wired: what the others hold on a user it asks in this process, or behind gRPC.
#include "app/embedded_contracts.hpp"
#include "app/exports.hpp"
#include "app/wiring.hpp"
#include "services/users/export_clients.hpp"

namespace esm::app {

namespace {

template <class Host>
users::data_holder holder_of(
    const std::string& service,
    Host* const& local,
    const shared_parts& shared,
    const std::vector<std::string>& targets,
    personal_data::read_page (*connect)(grpc_client::peer)
) {
    return {service, read_export(service, local, shared, targets, connect)};
}

std::vector<users::data_holder> holders_of(const shared_parts& shared, const neighbours& others) {
    const auto& values = shared.values;
    std::vector<users::data_holder> all;
    all.push_back(
        holder_of("auth", others.auth, shared, auth::read(values).grpc_targets, users::export_from_auth)
    );
    all.push_back(
        holder_of("tasks", others.tasks, shared, tasks::read(values).grpc_targets, users::export_from_tasks)
    );
    all.push_back(holder_of(
        "notifications",
        others.notifications,
        shared,
        notifications::read(values).grpc_targets,
        users::export_from_notifications
    ));
    return all;
}

}  // namespace

std::unique_ptr<users_host> wire_users(shared_parts& shared, const neighbours& others) {
    const auto settings = users::read(shared.values);
    auto wired = std::make_unique<users_host>(
        shared,
        host_options{
            "users",
            settings.db_url,
            settings.http_port,
            settings.grpc_port,
            embedded::users_openapi,
            embedded::users_openapi_json
        },
        settings
    );
    wired->construct(std::make_unique<users::service>(users::service_deps{
        shared.runtime,
        wired->around().database(),
        *shared.log,
        wired->around().metrics(),
        wired->settings(),
        wired->around().callers(),
        *shared.code_key,
        holders_of(shared, others)
    }));
    return wired;
}

}  // namespace esm::app
