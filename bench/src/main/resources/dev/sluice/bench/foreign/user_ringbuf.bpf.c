/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * A user ring buffer (Linux 6.1): a program writes events to it without entering the kernel, and whoever runs
 * handle_drain has the kernel call take() for each of them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct event {
	__u64 time;
	__u64 first;
	__u64 second;
};

struct {
	__u64 events;
	__u64 first;
	__u64 second;
	__u64 damaged;
} sums = {};

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 8 << 20);
} events SEC(".maps");

static long take(struct bpf_dynptr *sample, void *context)
{
	const struct event *event = bpf_dynptr_data(sample, 0, sizeof(*event));

	if (!event) {
		sums.damaged++;
		return 0;
	}
	sums.events++;
	sums.first += event->first;
	sums.second += event->second;
	return 0;
}

SEC("syscall")
int handle_drain(void *context)
{
	return bpf_user_ringbuf_drain(&events, take, 0, BPF_RB_NO_WAKEUP);
}
