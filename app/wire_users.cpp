// The user service, wired.
#include "app/embedded_contracts.hpp"
#include "app/wiring.hpp"

namespace esm::app {

std::unique_ptr<users_host> wire_users(shared_parts& shared) {
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
        wired->around().callers()
    }));
    return wired;
}

}  // namespace esm::app
