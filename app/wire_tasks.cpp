// The task service, wired: a user's notifications, which tasks may read, it asks in this process, or behind
// gRPC. Without an S3 store, files are kept in the data folder.
#include "app/embedded_contracts.hpp"
#include "app/exports.hpp"
#include "app/wiring.hpp"
#include "services/tasks/own_records.hpp"

namespace esm::app {

std::unique_ptr<tasks_host> wire_tasks(shared_parts& shared, const neighbours& others) {
    auto settings = tasks::read(shared.values);
    if (settings.files_s3_endpoint.empty() && shared.values.is_default("tasks.files_dir")) {
        settings.files_dir = shared.folder->file("files");
    }
    auto wired = std::make_unique<tasks_host>(
        shared,
        host_options{
            "tasks",
            settings.db_url,
            settings.http_port,
            settings.grpc_port,
            embedded::tasks_openapi,
            embedded::tasks_openapi_json
        },
        settings
    );
    wired->construct(std::make_unique<tasks::service>(tasks::service_deps{
        shared.runtime,
        wired->around().database(),
        *shared.log,
        wired->around().metrics(),
        wired->settings(),
        wired->around().callers(),
        shared.revoked,
        read_export(
            "notifications",
            others.notifications,
            shared,
            notifications::read(shared.values).grpc_targets,
            tasks::export_from_notifications
        )
    }));
    return wired;
}

}  // namespace esm::app
