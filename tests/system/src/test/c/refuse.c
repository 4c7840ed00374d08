// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
//
// usage: refuse EPERM|ENOSYS CALL... -- PROGRAM [ARGUMENT...]
//
// Becomes a program for which the kernel refuses some system calls with an error: bpf, perf_event_open or both. Unlike
// restrict.c it takes no right away, so that the filter alone is what is in the way.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 8

static int number_of(const char *name)
{
    return strcmp(name, "bpf") == 0 ? SYS_bpf : strcmp(name, "perf_event_open") == 0 ? SYS_perf_event_open : -1;
}

int main(int argc, char **argv)
{
    struct sock_filter filter[2 * MOST + 2];
    unsigned short length = 0;
    int error = argc > 1 && strcmp(argv[1], "ENOSYS") == 0 ? ENOSYS : EPERM;
    int i = 2;

    filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (; i < argc && i < 2 + MOST && strcmp(argv[i], "--") != 0; i++) {
        int number = number_of(argv[i]);

        if (number < 0)
            break;
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
        fprintf(stderr, "usage: refuse EPERM|ENOSYS bpf|perf_event_open... -- PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    struct sock_fprog program = {.len = length, .filter = filter};
    // Root may do so without giving up what set-user-id programs would get.
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        fprintf(stderr, "prctl: %s\n", strerror(errno));
        return 1;
    }
    execvp(argv[i + 1], argv + i + 1);
    fprintf(stderr, "%s: %s\n", argv[i + 1], strerror(errno));
    return 1;
}
