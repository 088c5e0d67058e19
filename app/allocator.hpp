// The process's allocator: jemalloc in place of the C library's (docs/adr/0022).
#pragma once

namespace esm::app {

// Gives what is free back to the kernel at once.
void release_free_memory();

}  // namespace esm::app
