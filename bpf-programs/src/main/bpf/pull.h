/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_PULL_H
#define SLUICE_PULL_H

#include "packet_header.h"

/* dev.sluice.bpf.pull.PullLayout has the same numbers. */
#define SLUICE_PULL_REQUESTS 64
#define SLUICE_PULL_MAX_LENGTH (64 * 1024)
#define SLUICE_PULL_MAX_OFFSET (128 * 1024)
#define SLUICE_PULL_DATA_OFFSET 4096
#define SLUICE_PULL_NO_PROCESS (-3) /* ESRCH */
/* In place of an offset: the range is staged for pull_reduce. */
#define SLUICE_PULL_STAGE 0xffffffffu

/* One range of the process's memory, and where it goes: up to MAX_LENGTH bytes, to an offset below MAX_OFFSET. */
struct sluice_pull_request {
	__u64 address;
	__u32 length;
	__u32 offset;
	__s64 error; /* written by the program: 0, or a negative errno; then the bytes are zeros */
};

/*
 * Shared with the one process that runs the program: it writes pid, count and requests, runs, and reads the rest. The
 * process that is read has no access to it.
 */
struct sluice_pull_area {
	__u32 pid;   /* as the process that runs the program sees it */
	__u32 count; /* of requests that are wanted */
	__u64 reserved;
	struct sluice_pull_request requests[SLUICE_PULL_REQUESTS];
	__u8 padding[SLUICE_PULL_DATA_OFFSET - 16 - SLUICE_PULL_REQUESTS * 24];
	__u8 data[SLUICE_PULL_MAX_OFFSET + SLUICE_PULL_MAX_LENGTH];
};

SLUICE_ASSERT_OFFSET(sluice_pull_request, length, 8);
SLUICE_ASSERT_OFFSET(sluice_pull_request, offset, 12);
SLUICE_ASSERT_OFFSET(sluice_pull_request, error, 16);
_Static_assert(sizeof(struct sluice_pull_request) == 24, "request grew");
SLUICE_ASSERT_OFFSET(sluice_pull_area, requests, 16);
SLUICE_ASSERT_OFFSET(sluice_pull_area, data, SLUICE_PULL_DATA_OFFSET);

#endif
