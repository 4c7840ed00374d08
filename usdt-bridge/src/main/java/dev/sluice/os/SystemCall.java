// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/** The system calls in use, with their numbers on each architecture. */
enum SystemCall {
    CLOSE("close", 3, 57),
    MMAP("mmap", 9, 222),
    MUNMAP("munmap", 11, 215),
    MADVISE("madvise", 28, 233),
    KILL("kill", 62, 129),
    FCNTL("fcntl", 72, 25),
    FLOCK("flock", 73, 32),
    FTRUNCATE("ftruncate", 77, 46),
    GETEUID("geteuid", 107, 175),
    GETPRIORITY("getpriority", 140, 141),
    SETPRIORITY("setpriority", 141, 140),
    GETTID("gettid", 186, 178),
    SCHED_SETAFFINITY("sched_setaffinity", 203, 122),
    SCHED_GETAFFINITY("sched_getaffinity", 204, 123),
    CLOCK_GETTIME("clock_gettime", 228, 113),
    OPENAT("openat", 257, 56),
    PPOLL("ppoll", 271, 73),
    FALLOCATE("fallocate", 285, 47),
    MEMFD_CREATE("memfd_create", 319, 279),
    BPF("bpf", 321, 280),
    PIDFD_OPEN("pidfd_open", 434, 434);

    private final String callName;
    private final int x86Number;
    private final int aarch64Number;

    SystemCall(final String callName, final int x86Number, final int aarch64Number) {
        this.callName = callName;
        this.x86Number = x86Number;
        this.aarch64Number = aarch64Number;
    }

    String callName() {
        return callName;
    }

    int x86Number() {
        return x86Number;
    }

    int aarch64Number() {
        return aarch64Number;
    }
}
