// See startup_pages.hpp.
#include "app/startup_pages.hpp"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "app/allocator.hpp"

namespace esm::app {

namespace {

// Segments that nobody may write to are the same as their file, also after relocation, which changes writable
// ones alone; and objects once loaded stay.
int release_segments(dl_phdr_info* object, std::size_t, void*) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const auto begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const auto end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz + page - 1) & ~(page - 1);
        // NOLINTNEXTLINE(performance-no-int-to-ptr): where the loader put it
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void release_startup_pages() {
    release_free_memory();
    dl_iterate_phdr(release_segments, nullptr);
}

}  // namespace esm::app
