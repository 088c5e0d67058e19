// The protobuf messages of eventstreammonitor.tasks.v1 from and to the domain's types.
#pragma once

#include "eventstreammonitor/tasks/v1/tasks.pb.h"
#include "platform/base/result.hpp"
#include "platform/http/cursor.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace proto = ::eventstreammonitor::tasks::v1;

void fill(proto::Task& into, const task& from);
result<new_task> read_new_task(const proto::CreateRequest& request);
result<task_store::filter> read_filter(const proto::ListRequest& request);
// The limit and cursor of a list, by the rules of REST.
result<http::page> read_page(const proto::ListRequest& request, const task_store::filter& which);

}  // namespace esm::tasks
