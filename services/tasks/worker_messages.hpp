// The requests of eventstreammonitor.tasks.v1.WorkerService as the engine takes them: every rule of
// workers.proto is checked here. errc::validation_failed names each broken field; nothing was done then.
#pragma once

#include "eventstreammonitor/tasks/v1/workers.pb.h"
#include "platform/base/result.hpp"
#include "services/tasks/external_work.hpp"

namespace esm::tasks {

struct asked_lease {
    lease_request request;
    std::chrono::milliseconds wait{0};
};

struct beats {
    std::vector<sign_of_life> items;
    std::vector<std::string> messages;  // one an item, empty: none
};

struct asked_lines {
    std::int64_t id{0}, token{0};
    std::vector<log_line> lines;
};

namespace worker_messages {

namespace proto = ::eventstreammonitor::tasks::v1;

result<asked_lease> read(const proto::LeaseRequest& from, const handler_set& built_in);
result<beats> read(const proto::HeartbeatRequest& from);
result<std::vector<finished>> read(const proto::CompleteRequest& from, std::size_t result_max_bytes);
result<finished> read(const proto::FailRequest& from);
result<asked_lines> read(const proto::AppendLogRequest& from);
result<std::vector<lease::held>> read(const proto::ReleaseRequest& from);

// `now`: when it was claimed.
void fill(proto::LeasedTask& into, leased_task from, instant_us now);

}  // namespace worker_messages

}  // namespace esm::tasks
