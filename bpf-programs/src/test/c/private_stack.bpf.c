/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * The smallest program that shows what docs/kernels.md reports: what a uprobe's program has put on its stack changes
 * while it runs, if that stack is of 64 bytes or more and another task on the same processor runs the program meanwhile.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* hits, and hits whose stack has changed: of the program with a large stack, and of the one with a small stack */
__u64 counts[4] SEC(".data.counts");

static __always_inline int run(volatile __u64 *words, const int length, const int at)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u64 changed = 0;
	int i;

	for (i = 0; i < length; i++)
		words[i] = id;
	for (i = 0; i < 1000; i++)
		bpf_ktime_get_ns(); /* time for another task */
	for (i = 0; i < length; i++)
		changed |= words[i] ^ id;
	__sync_fetch_and_add(&counts[at], 1);
	if (changed)
		__sync_fetch_and_add(&counts[at + 1], 1);
	return 0;
}

SEC("uprobe")
int handle_large(struct pt_regs *ctx)
{
	volatile __u64 words[16]; /* 128 bytes */

	return run(words, 16, 0);
}

SEC("uprobe")
int handle_small(struct pt_regs *ctx)
{
	volatile __u64 words[4]; /* 32 bytes */

	return run(words, 4, 2);
}
