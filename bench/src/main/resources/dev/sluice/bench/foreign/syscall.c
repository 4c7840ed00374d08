/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* The cheapest system call: the floor of whatever enters the kernel. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
#include "loop.h"

static inline __attribute__((always_inline)) void fire(uint64_t a, uint64_t b)
{
	(void)a;
	(void)b;
	syscall(SYS_getppid);
}

static uint64_t site_offset(void)
{
	return 0;
}

int main(int argc, char **argv)
{
	return loop_main(argc, argv);
}
