// What the services that run apart hold on a user, asked over their internal gRPC interfaces.
#pragma once

#include "platform/grpc/peer.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::users {

// errc::unavailable, errc::deadline_exceeded.
personal_data::read_page export_from_auth(grpc_client::peer auth);
personal_data::read_page export_from_tasks(grpc_client::peer tasks);
personal_data::read_page export_from_notifications(grpc_client::peer notifications);

}  // namespace esm::users
