// TaskService.Watch: the changes of a task, or of all tasks of a user, as a server stream.
#pragma once

#include "eventstreammonitor/tasks/v1/tasks.pb.h"
#include "platform/grpc/server_stream.hpp"
#include "services/tasks/get_task.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {

using watch_writer = grpc_server::stream_writer<::eventstreammonitor::tasks::v1::WatchResponse>;

// `request` must live as long as the call.
awaitable<result<void>> watch_over_grpc(
    get_task& reading,
    task_watch& watching,
    const context& ctx,
    const ::eventstreammonitor::tasks::v1::WatchRequest& request,
    watch_writer& to
);

}  // namespace esm::tasks
