// See allocator.hpp. Sanitizers bring an allocator of their own.
#include "app/allocator.hpp"

#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)

#include <fmt/format.h>
#include <jemalloc/jemalloc.h>

// jemalloc reads it before main() begins: few arenas, in front of which each thread keeps some blocks of its
// own, and what has been free for a moment goes back.
extern "C" {
const char* malloc_conf = "narenas:2,dirty_decay_ms:150,muzzy_decay_ms:0";
}

void esm::app::release_free_memory() {
    mallctl(fmt::format("arena.{}.purge", MALLCTL_ARENAS_ALL).c_str(), nullptr, nullptr, nullptr, 0);
}

#else

void esm::app::release_free_memory() {}

#endif
