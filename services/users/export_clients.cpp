// See export_clients.hpp.
#include "services/users/export_clients.hpp"

#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"
#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "eventstreammonitor/tasks/v1/tasks.grpc.pb.h"
#include "platform/personal_data/export_client.hpp"

namespace esm::users {

namespace proto = ::eventstreammonitor;
using personal_data::export_from;

personal_data::read_page export_from_auth(grpc_client::peer auth) {
    using namespace proto::auth::v1;
    return export_from<TokenService, ExportUserRequest, ExportUserResponse>(std::move(auth));
}

personal_data::read_page export_from_tasks(grpc_client::peer tasks) {
    using namespace proto::tasks::v1;
    return export_from<TaskService, ExportUserRequest, ExportUserResponse>(std::move(tasks));
}

personal_data::read_page export_from_notifications(grpc_client::peer notifications) {
    using namespace proto::notifications::v1;
    return export_from<NotificationService, ExportUserRequest, ExportUserResponse>(std::move(notifications));
}

}  // namespace esm::users
