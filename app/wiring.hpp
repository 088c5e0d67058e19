// How each service is put together: the only code that knows both a service and what it stands on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/host.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/service.hpp"
#include "services/notifications/service.hpp"
#include "services/tasks/service.hpp"
#include "services/users/service.hpp"

namespace esm::app {

using users_host = hosted_service<users::service, users::config>;
using auth_host = hosted_service<auth::service, auth::config>;

using tasks_host = hosted_service<tasks::service, tasks::config>;
using notifications_host = hosted_service<notifications::service, notifications::config>;

// What of the other services runs in this process too: known once all are wired, before the first request.
struct neighbours {
    auth_host* auth{nullptr};
    tasks_host* tasks{nullptr};
    notifications_host* notifications{nullptr};
};

// `others` must outlive the services.
std::unique_ptr<users_host> wire_users(shared_parts& shared, const neighbours& others);
std::unique_ptr<tasks_host> wire_tasks(shared_parts& shared, const neighbours& others);
std::unique_ptr<notifications_host> wire_notifications(shared_parts& shared);

// What the auth service needs beside the shared parts; outlives it.
struct auth_parts {
    security::master_key master;
    std::unique_ptr<auth::credential_check> users;
};

// The user service in this process, or the one behind users.grpc_targets when `local` is null.
auth_parts make_auth_parts(shared_parts& shared, users_host* local);
std::unique_ptr<auth_host> wire_auth(shared_parts& shared, auth_parts& parts);

}  // namespace esm::app
