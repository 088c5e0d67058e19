// Preloaded into a process, shifts the wall clock that its own code and the C++ library read by CLOCK_SHIFT_S
// seconds. Other libraries read the true one: gRPC and librdkafka wait until absolute times of the kernel's
// clock; shifted as well, as libfaketime does it, they spin or sleep for as long.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift_for(void* caller) {
    Dl_info from, program;
    if (!dladdr(caller, &from) || !dladdr((void*)getauxval(AT_PHDR), &program)) return 0;
    if (from.dli_fbase != program.dli_fbase && !strstr(from.dli_fname, "libstdc++")) return 0;
    const char* seconds = getenv("CLOCK_SHIFT_S");
    return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    const int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (status == 0 && clock == CLOCK_REALTIME) now->tv_sec += shift_for(__builtin_return_address(0));
    return status;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    const int status = (int)syscall(SYS_gettimeofday, now, zone);
    if (status == 0) now->tv_sec += shift_for(__builtin_return_address(0));
    return status;
}

time_t time(time_t* stored) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    now.tv_sec += shift_for(__builtin_return_address(0));
    if (stored) *stored = now.tv_sec;
    return now.tv_sec;
}
