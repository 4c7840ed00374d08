/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/* As the users of libbpf's own USDT support write it: libbpf finds the probe and reads its argument specification. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} arguments SEC(".maps");

SEC("usdt")
int handle_usdt(struct pt_regs *ctx)
{
	long *values = bpf_ringbuf_reserve(&arguments, 13 * sizeof(long), 0);

	if (!values)
		return 0;
	values[0] = bpf_usdt_arg_cnt(ctx);
#pragma unroll
	for (int i = 0; i < 12; i++) {
		long value = 0;

		bpf_usdt_arg(ctx, i, &value);
		values[1 + i] = value;
	}
	bpf_ringbuf_submit(values, 0);
	return 0;
}
