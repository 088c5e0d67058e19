// eventstreammonitor.tasks.v1.TaskService over the use cases.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <memory>

#include "platform/grpc/gate.hpp"
#include "services/tasks/cancel_task.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/get_task.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {

struct grpc_deps {
    const grpc_server::gate& callers;
    db::database& database;
    create_task& creating;
    get_task& reading;
    cancel_task& cancelling;
    task_watch& watching;
};

std::unique_ptr<::grpc::Service> make_grpc_service(grpc_deps deps);

}  // namespace esm::tasks
