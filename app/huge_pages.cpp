// Memory for argon2id in huge pages. libsodium asks the kernel for its 19 MiB anew with each hash and gets
// them in pages of 4 KiB: their faults and TLB misses are a quarter of the hash's time, and there is no
// option (libsodium 1.0.18, argon2-core.c). ADR 0011 has the measurements and what else was tried.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

namespace {

constexpr std::size_t large_bytes = 8UL * 1024 * 1024;
constexpr int populate_now =
    23;  // MADV_POPULATE_WRITE of Linux 5.14; older ones refuse it, and pages come as used

void* ask_kernel(void* at, std::size_t bytes, int protection, int flags, int file, off_t offset) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): what the call answers
    return reinterpret_cast<void*>(syscall(SYS_mmap, at, bytes, protection, flags, file, offset));
}

}  // namespace

// In place of the C library's for all of the process; what is not a large anonymous mapping to be filled at
// once is the kernel's as ever. Sanitizers have an mmap of their own.
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
extern "C" __attribute__((visibility("default"))) void* mmap(
    void* at, std::size_t bytes, int protection, int flags, int file, off_t offset
) noexcept {
    constexpr int wanted = MAP_POPULATE | MAP_ANONYMOUS | MAP_PRIVATE;
    if ((flags & wanted) != wanted || bytes < large_bytes) {
        return ask_kernel(at, bytes, protection, flags, file, offset);
    }
    void* const mapped = ask_kernel(at, bytes, protection, flags & ~MAP_POPULATE, file, offset);
    if (mapped == MAP_FAILED) return mapped;
    madvise(mapped, bytes, MADV_HUGEPAGE);
    madvise(mapped, bytes, populate_now);
    return mapped;
}
#endif
