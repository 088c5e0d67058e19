// See sandbox.hpp.
#include "services/tasks/image_worker/sandbox.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>
#include <type_traits>

namespace esm::tasks::image_worker {

namespace {

constexpr rlim_t descriptors_max = 64;
constexpr std::size_t stack_bytes = 2 * 1024 * 1024;
// Address space beside the memory proper: libraries, and what malloc reserves a thread without using it.
constexpr std::int64_t libraries_bytes = std::int64_t{1} << 30;
constexpr std::int64_t reserved_a_thread_bytes = std::int64_t{80} << 20;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ESM_SHADOWED 1
#endif
#endif
#ifdef ESM_SHADOWED
constexpr bool memory_is_limited = false;  // a sanitizer's shadow takes terabytes of address space
#else
constexpr bool memory_is_limited = true;
#endif

void limit(__rlimit_resource which, std::int64_t soft, std::int64_t hard) {
    const rlimit wanted{static_cast<rlim_t>(soft), static_cast<rlim_t>(hard)};
    if (::setrlimit(which, &wanted) != 0) {
        throw std::system_error(errno, std::generic_category(), "setrlimit");
    }
}
void limit(__rlimit_resource which, std::int64_t value) {
    limit(which, value, value);
}

// Computing on memory and on files that are open already.
constexpr std::array allowed_calls{
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(ftruncate),
    SCMP_SYS(dup),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

struct guarded_call {
    int number;
    unsigned argument;
    scmp_compare how;
    scmp_datum_t mask_or_value;
    scmp_datum_t value;  // MASKED_EQ only
};

// Allowed with one argument as it is here.
std::array<guarded_call, 9> guarded_calls() {
    constexpr auto same = SCMP_CMP_EQ;
    constexpr auto masked = SCMP_CMP_MASKED_EQ;
    const auto self = static_cast<scmp_datum_t>(::getpid());
    return {{
        {SCMP_SYS(clone), 0, masked, CLONE_THREAD, CLONE_THREAD},
        {SCMP_SYS(tgkill), 0, same, self, 0},
        {SCMP_SYS(prlimit64), 0, same, 0, 0},
        {SCMP_SYS(prctl), 0, same, PR_SET_NAME, 0},
        // glibc's fstat
        {SCMP_SYS(newfstatat), 3, masked, AT_EMPTY_PATH, AT_EMPTY_PATH},
        {SCMP_SYS(fcntl), 1, same, F_GETFL, 0},
        {SCMP_SYS(fcntl), 1, same, F_GETFD, 0},
        {SCMP_SYS(fcntl), 1, same, F_DUPFD, 0},
        {SCMP_SYS(fcntl), 1, same, F_DUPFD_CLOEXEC, 0},
    }};
}

bool add_rules(scmp_filter_ctx filter) {
    for (const int number : allowed_calls) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0) return false;
    }
    for (const auto& each : guarded_calls()) {
        const scmp_arg_cmp wanted{each.argument, each.how, each.mask_or_value, each.value};
        if (seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, each.number, 1, &wanted) != 0) return false;
    }
    // Its flags lie in memory where no filter sees them; without it glibc starts threads by clone.
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
}

}  // namespace

void limit_resources(const limits& within, std::int64_t mapped_bytes) {
    pthread_attr_t threads;
    ::pthread_attr_init(&threads);
    ::pthread_attr_setstacksize(&threads, stack_bytes);
    ::pthread_setattr_default_np(&threads);
    ::pthread_attr_destroy(&threads);
    const auto arenas = within.threads_max + 2;
    ::mallopt(M_ARENA_MAX, static_cast<int>(arenas));
    if (memory_is_limited) {
        limit(RLIMIT_DATA, within.memory_max_bytes);
        // Shared memory is no data: this one counts it.
        limit(
            RLIMIT_AS,
            within.memory_max_bytes + mapped_bytes + libraries_bytes + arenas * reserved_a_thread_bytes
        );
    }
    limit(RLIMIT_CPU, within.cpu_max_seconds, within.cpu_max_seconds + 1);
    limit(RLIMIT_FSIZE, within.output_max_bytes);
    limit(RLIMIT_NOFILE, descriptors_max);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

bool leave_network() {
    return ::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0;
}

bool filter_system_calls() {
    const std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, decltype(&seccomp_release)> filter(
        seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release
    );
    if (!filter) return false;
    // Every thread there is, and look-ups by a tree: the filter runs at each call.
    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
    seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return add_rules(filter.get()) && seccomp_load(filter.get()) == 0;
}

}  // namespace esm::tasks::image_worker
