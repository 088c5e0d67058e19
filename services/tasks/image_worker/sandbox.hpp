// What keeps esm-image in while it decodes what strangers made: limits of the kernel, a network of its own
// with nothing in it, and a filter that leaves only the system calls of computing on memory and open files.
// Each holds without the others. Entered once, before the first byte of the picture is looked at.
#pragma once

#include <cstdint>

#include "services/tasks/handlers/image_processing/job.hpp"

namespace esm::tasks::image_worker {

using image_processing::limits;

// Memory, processor time, size of files, number of files, no core dump; no new privileges from here on, no
// debugger, and an end with the parent. `mapped_bytes` are mapped already. Throws std::system_error.
void limit_resources(const limits& within, std::int64_t mapped_bytes);

// A user and a network namespace of its own. False where the system does not let us; only before the first
// thread starts.
bool leave_network();

// No socket, no new process, no file opened from here on. False where the kernel has no seccomp.
bool filter_system_calls();

// `esm-image check`: tries in child processes what the sandbox must refuse, prints a JSON object of what was
// refused by the filter alone, the namespace alone and both; 0 when both together refuse everything.
int check_sandbox();

}  // namespace esm::tasks::image_worker
