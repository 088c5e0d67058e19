// The user service, wired: what the others hold on a user it asks in this process, or behind gRPC.
#include "app/embedded_contracts.hpp"
#include "app/peers.hpp"
#include "app/wiring.hpp"
#include "services/users/export_clients.hpp"

namespace esm::app {

namespace {

using personal_data::export_page;
using connect_function = personal_data::read_page (*)(grpc_client::peer);

// Whether the service is in this process shows at the call: the user service is wired first.
template <class Host>
users::data_holder holder_of(
    std::string service,
    Host* const& local,
    const shared_parts& shared,
    const std::vector<std::string>& targets,
    connect_function connect
) {
    personal_data::read_page remote;
    if (!targets.empty()) remote = connect(make_peer(shared, targets));
    auto read = [&local, remote = std::move(remote), service](
                    const context& ctx, std::int64_t user_id, std::string cursor
                ) -> awaitable<result<export_page>> {
        if (local != nullptr) {
            co_return co_await local->service().export_user(ctx, user_id, std::move(cursor));
        }
        if (remote) co_return co_await remote(ctx, user_id, std::move(cursor));
        co_return fail(errc::unavailable, fmt::format("{}.grpc_targets is not set", service));
    };
    return {std::move(service), std::move(read)};
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
