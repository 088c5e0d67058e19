// eventstreammonitor.tasks.v1.WorkerService over the engine: what workers in other processes and languages
// call.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <chrono>
#include <memory>

#include "platform/grpc/gate.hpp"
#include "services/tasks/external_work.hpp"

namespace esm::tasks {

// What a worker's token needs; it opens this service alone.
inline constexpr const char* worker_scope = "tasks:work";

struct worker_grpc_deps {
    const grpc_server::gate& callers;  // also_for(worker_scope)
    external_work& work;
    const handler_set& built_in;
    std::size_t result_max_bytes;
    std::chrono::milliseconds lease;  // how long one lasts
    std::chrono::milliseconds poll;   // how often a call that waits looks again
};

std::unique_ptr<::grpc::Service> make_worker_grpc_service(worker_grpc_deps deps);

}  // namespace esm::tasks
