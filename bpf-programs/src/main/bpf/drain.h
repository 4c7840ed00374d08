/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_DRAIN_H
#define SLUICE_DRAIN_H

#include "packet_header.h"

/*
 * Which process a program serves: its pid in its own pid namespace, and that namespace's device (as the kernel encodes
 * it, major << 20 | minor) and inode. The kernel answers only in terms of the namespace that the current task lives in,
 * so the attacher translates the pid from its own namespace into that namespace before load.
 */
struct sluice_target {
	__u64 pidns_dev;
	__u64 pidns_ino;
	__u32 pid;
	__u32 reserved;
	__u64 submit_flags; /* BPF_RB_NO_WAKEUP or 0 */
};

/* Set before load, frozen afterwards. dev.sluice.bpf.drain.DrainLayout has the same offsets. */
struct sluice_drain_config {
	struct sluice_target target;
	__u32 epoch;
	__u32 slots;
	__u32 has_hot_buffer; /* sluice_hot_batches is tried first */
	__u32 reserved;
};

/* Index into sluice_drain_stats.failures; dev.sluice.bpf.drain.DrainFailure has the same order. */
enum sluice_drain_failure {
	SLUICE_DRAIN_BUFFER_FULL,
	SLUICE_DRAIN_COPY_FAULT,
	SLUICE_DRAIN_WRONG_EPOCH,
	SLUICE_DRAIN_BAD_HEADER,
	SLUICE_DRAIN_WRONG_TARGET,
	SLUICE_DRAIN_FAILURES,
};

/*
 * batches is exact. events is what the header claimed (0 when the header could not be read or has no magic).
 * record_bytes is the room that these batches would have taken in the BPF ring buffer; discarded_bytes is the part that
 * they did take there, as discarded records, which the reader skips and gives back by moving its position.
 */
struct sluice_drain_failure_count {
	__u64 batches;
	__u64 events;
	__u64 record_bytes;
	__u64 discarded_bytes;
};

/* Changed by atomic adds of the program only; read by the consumer through a shared mapping with plain loads. */
struct sluice_drain_stats {
	__u64 accepted;	       /* traps whose batch was submitted */
	__u64 events;	       /* the sum of their event_count */
	__u64 record_bytes;    /* room they took in the BPF ring buffer */
	__u64 faults_resolved; /* batches that needed a page brought in, and got it */
	__u64 reserved[4];
	struct sluice_drain_failure_count failures[SLUICE_DRAIN_FAILURES];
};

SLUICE_ASSERT_OFFSET(sluice_target, pidns_dev, 0);
SLUICE_ASSERT_OFFSET(sluice_target, pidns_ino, 8);
SLUICE_ASSERT_OFFSET(sluice_target, pid, 16);
SLUICE_ASSERT_OFFSET(sluice_target, submit_flags, 24);
_Static_assert(sizeof(struct sluice_target) == 32, "target grew");
SLUICE_ASSERT_OFFSET(sluice_drain_config, epoch, 32);
SLUICE_ASSERT_OFFSET(sluice_drain_config, slots, 36);
SLUICE_ASSERT_OFFSET(sluice_drain_config, has_hot_buffer, 40);
_Static_assert(sizeof(struct sluice_drain_config) == 48, "drain config grew");
SLUICE_ASSERT_OFFSET(sluice_drain_stats, accepted, 0);
SLUICE_ASSERT_OFFSET(sluice_drain_stats, events, 8);
SLUICE_ASSERT_OFFSET(sluice_drain_stats, record_bytes, 16);
SLUICE_ASSERT_OFFSET(sluice_drain_stats, faults_resolved, 24);
SLUICE_ASSERT_OFFSET(sluice_drain_stats, failures, 64);
_Static_assert(sizeof(struct sluice_drain_failure_count) == 32, "failure count grew");
_Static_assert(sizeof(struct sluice_drain_stats) == 224, "drain stats grew");

#endif
