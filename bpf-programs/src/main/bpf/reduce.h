/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_REDUCE_H
#define SLUICE_REDUCE_H

#include "packet_header.h"

/* dev.sluice.bpf.reduce.ReduceLayout has the same numbers. */
#define SLUICE_REDUCE_RESULTS 32
#define SLUICE_REDUCE_BUCKETS 1024 /* of one result */
#define SLUICE_REDUCE_STEPS 131072
/* The steps of one batch: more than one of honest events has. Each of its bytes belongs to one step, or two. */
#define SLUICE_REDUCE_MAX_LOOPS 131072

/*
 * Where events end and where a field lies in them. The first step of the events of an id has the id's number, the
 * others of it follow by next. A step is passed by: first its value is taken, if it has one, then length bytes and, if
 * it is variable, as many more as the last two of them say.
 */
enum sluice_reduce_flags {
	SLUICE_STEP_KNOWN = 1,
	SLUICE_STEP_VARIABLE = 2,
	SLUICE_STEP_LAST = 4,
	SLUICE_STEP_MEASURED = 8,
	SLUICE_STEP_SIGNED = 16,
};

struct sluice_reduce_step {
	__u32 next;
	__u16 length;
	__u16 offset; /* of the value, from where the step begins */
	__u8 flags;
	__u8 cut; /* bits above the value: 64 - 8 * its length */
	__u8 result;
	__u8 reserved;
	__u32 reserved_too;
};

enum sluice_reduce_kind {
	SLUICE_REDUCE_SUM,
	SLUICE_REDUCE_LOG2,
	SLUICE_REDUCE_LINEAR,
};

/* Buckets by powers of two: 0 to 63 are below zero, -2^63 first; then zero; then from 2^n up to 2^(n+1). */
#define SLUICE_REDUCE_ZERO 64

/*
 * What becomes of a value. Linear: bucket 0 is below from, above is at to and beyond, and bucket i between is i - 1
 * steps from from.
 */
struct sluice_reduce_measure {
	__s64 from;
	__s64 to;
	__u64 step;
	__u32 kind;
	__u32 above;
};

/* min and max are unsigned, and of signed values with the sign's bit turned round, so that their order is the same. */
struct sluice_reduce_result {
	__u64 count;
	__u64 sum_low;
	__u64 sum_high; /* of a number of 128 bits, with sign */
	__u64 min;
	__u64 max;
	__u64 reserved[3];
};

/* What the consumer that pulls has staged: bytes of a batch that lie in the kernel, and what was found there. */
struct sluice_reduce_staged {
	__u32 length;  /* of the batch, padded; 0: nothing is staged */
	__u32 context; /* bytes between an event's header and its fields */
	__s32 error;   /* written, as all that follows: 0 if the bytes are whole events that are known */
	__u32 events;
	__u32 exact; /* up to the last byte of the last event */
	__u32 last;  /* where the last event begins */
	__u64 last_word;
};

/* Shared with the consumer, and with nobody else. */
struct sluice_reduce_area {
	struct sluice_reduce_staged staged;
	__u8 padding[4096 - 32];
	struct sluice_reduce_measure measures[SLUICE_REDUCE_RESULTS];
	struct sluice_reduce_result results[SLUICE_REDUCE_RESULTS];
	__u8 padding_too[4096 - 3072];
	__u64 buckets[SLUICE_REDUCE_RESULTS * SLUICE_REDUCE_BUCKETS];
	struct sluice_reduce_step steps[SLUICE_REDUCE_STEPS];
};

SLUICE_ASSERT_OFFSET(sluice_reduce_step, length, 4);
SLUICE_ASSERT_OFFSET(sluice_reduce_step, offset, 6);
SLUICE_ASSERT_OFFSET(sluice_reduce_step, flags, 8);
SLUICE_ASSERT_OFFSET(sluice_reduce_step, cut, 9);
SLUICE_ASSERT_OFFSET(sluice_reduce_step, result, 10);
_Static_assert(sizeof(struct sluice_reduce_step) == 16, "step grew");
SLUICE_ASSERT_OFFSET(sluice_reduce_measure, to, 8);
SLUICE_ASSERT_OFFSET(sluice_reduce_measure, step, 16);
SLUICE_ASSERT_OFFSET(sluice_reduce_measure, kind, 24);
SLUICE_ASSERT_OFFSET(sluice_reduce_measure, above, 28);
_Static_assert(sizeof(struct sluice_reduce_measure) == 32, "measure grew");
SLUICE_ASSERT_OFFSET(sluice_reduce_result, sum_low, 8);
SLUICE_ASSERT_OFFSET(sluice_reduce_result, sum_high, 16);
SLUICE_ASSERT_OFFSET(sluice_reduce_result, min, 24);
SLUICE_ASSERT_OFFSET(sluice_reduce_result, max, 32);
_Static_assert(sizeof(struct sluice_reduce_result) == 64, "result grew");
SLUICE_ASSERT_OFFSET(sluice_reduce_staged, context, 4);
SLUICE_ASSERT_OFFSET(sluice_reduce_staged, error, 8);
SLUICE_ASSERT_OFFSET(sluice_reduce_staged, events, 12);
SLUICE_ASSERT_OFFSET(sluice_reduce_staged, exact, 16);
SLUICE_ASSERT_OFFSET(sluice_reduce_staged, last, 20);
SLUICE_ASSERT_OFFSET(sluice_reduce_staged, last_word, 24);
_Static_assert(sizeof(struct sluice_reduce_staged) == 32, "staged grew");
SLUICE_ASSERT_OFFSET(sluice_reduce_area, measures, 4096);
SLUICE_ASSERT_OFFSET(sluice_reduce_area, results, 5120);
SLUICE_ASSERT_OFFSET(sluice_reduce_area, buckets, 8192);
SLUICE_ASSERT_OFFSET(sluice_reduce_area, steps, 8192 + 262144);

#endif
