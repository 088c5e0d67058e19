// The notification service, wired. Without an SMTP server, mail goes to a mailbox in the data folder.
#include "app/embedded_contracts.hpp"
#include "app/wiring.hpp"

namespace esm::app {

std::unique_ptr<notifications_host> wire_notifications(shared_parts& shared) {
    auto settings = notifications::read(shared.values);
    if (settings.smtp_url.empty() && shared.values.is_default("notifications.mailbox_dir")) {
        settings.mailbox_dir = shared.folder->file("mailbox");
    }
    auto wired = std::make_unique<notifications_host>(
        shared,
        host_options{
            "notifications",
            settings.db_url,
            settings.http_port,
            settings.grpc_port,
            embedded::notifications_openapi,
            embedded::notifications_openapi_json
        },
        settings
    );
    wired->construct(std::make_unique<notifications::service>(notifications::service_deps{
        shared.runtime,
        wired->around().database(),
        *shared.log,
        wired->around().metrics(),
        wired->settings(),
        wired->around().callers(),
        *shared.code_key,
        shared.revoked
    }));
    return wired;
}

}  // namespace esm::app
