// One job from its text to its outputs and the answer on standard output.
#pragma once

#include <string_view>

namespace esm::tasks::image_worker {

// The process's exit status: 0 where it answered, whatever the answer. Enters the sandbox on its way.
int run_job(std::string_view text);

}  // namespace esm::tasks::image_worker
