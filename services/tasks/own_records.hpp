// The records of a task's own user as a file, for handlers: the tasks from here, the notifications from their
// service, in this process or behind gRPC.
#pragma once

#include "platform/async/runtime.hpp"
#include "platform/grpc/peer.hpp"
#include "platform/personal_data/export_page.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks {

// Outlives the attempts that read from it.
struct record_sources {
    async::runtime& runtime;
    personal_data::read_page tasks, notifications;
    std::uint64_t max_bytes{0};  // of each kind
};

// Writes them as JSON lines, oldest first, into `folder`, once: a second call returns the same file. On a
// thread that is no shard. errc::unavailable and errc::deadline_exceeded where their service cannot answer,
// which may pass, or the control says stop; errc::payload_too_large beyond max_bytes.
result<local_file> fetch_records(
    const record_sources& from,
    own_records what,
    std::int64_t user_id,
    const std::filesystem::path& folder,
    const run_control& control
);

// The notification service that runs apart.
personal_data::read_page export_from_notifications(grpc_client::peer notifications);

}  // namespace esm::tasks
