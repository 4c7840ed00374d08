// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/*
 * For LD_PRELOAD: sets the wall clock of one program. CLOCK_REALTIME is ahead of the machine's by the nanoseconds in the
 * file that $SET_CLOCK names, 8 bytes in the machine's order, which may change at any time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL

static const volatile long long *ahead;

__attribute__((constructor)) static void map_file(void)
{
    static const long long none;
    const char *name = getenv("SET_CLOCK");
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);

    ahead = mapped == MAP_FAILED ? &none : mapped;
    if (fd >= 0)
        close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        long long ns = time->tv_sec * NS_PER_SECOND + time->tv_nsec + (ahead ? *ahead : 0);

        time->tv_sec = ns / NS_PER_SECOND;
        time->tv_nsec = ns % NS_PER_SECOND;
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}
