/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/* A program that the verifier must refuse: it follows a pointer that it made up. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("uprobe")
int handle_refused(void *ctx)
{
	return *(volatile int *)(bpf_ktime_get_ns() + 8);
}
