/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_REDUCE_BPF_H
#define SLUICE_REDUCE_BPF_H
/*
 * Walks the events of a batch that the target cannot change any more, by the steps that the consumer has made from the
 * schema, and takes values of their fields. Whoever includes this defines SLUICE_REDUCE_AREA, where the consumer's
 * struct sluice_reduce_area is, and SLUICE_REDUCE_SHARED: whether several programs may run at a time.
 *
 * Notes
 * [1] A batch is walked twice: first to see that it is what it should be, then to take values. So a batch that is not
 *     is in no result, and needs none to be taken back.
 * [2] One call of the loop does one step. What goes on from one to the next is in struct sluice_walk, so the verifier
 *     looks at one step and not at all of a batch. The loop needs Linux 5.17.
 * [3] If another program changes a result's least or greatest value at the same moment, the step is done once more,
 *     from where it has changed nothing yet.
 * [4] A function that is not static is verified alone, for all arguments, and whoever calls it is verified without it.
 *     So the ways through one do not multiply with those through the other.
 * [5] The verifier follows a loop until it learns nothing new, and it takes a number that was just stored in the stack
 *     for one that it knows, in the lower half of a word. Numbers that it knows would be new ones at each step.
 */
#include "sluice_compat.h"
#include "reduce.h"

/* Length of the head of an event. */
#define SLUICE_EVENT_HEADER_LENGTH 8

/* What changes with each step has the upper half of a word [5]. */
struct sluice_walk {
	const char *content;
	__u64 limit;	/* 8 less than the bytes that may be read there: a constant */
	__u32 length;	/* of the batch, padded */
	__u32 offset;	/* up to where the batch is walked: the end of an event is the end of its last byte */
	__u32 context;	/* bytes between an event's header and its fields */
	__u32 step;	/* the next one of the event, or 0 where an event begins */
	__u32 measures; /* whether values are taken [1] */
	__u32 events;
	__u32 failed;
	__u32 last;	/* where the last event begins */
};

_Static_assert(sizeof(struct sluice_walk) == 48, "the stack is small: SLUICE_STACK_LIMIT in build.sh");

/* Eight bytes of the content, of which those from at on are there. What is behind the content's end is zeros. */
static __always_inline __u64 sluice_load(const struct sluice_walk *walk, __u64 at)
{
	__u64 from = at;

	SLUICE_OPAQUE(from);
	if (from > walk->limit)
		from = walk->limit;
	return *(const __u64 *)(walk->content + from) >> ((at - from) * 8 & 63);
}

/* Of a value that is not zero. A function that others are verified without: [4]. */
__noinline __u32 sluice_power_of_two(__u64 value)
{
	__u32 power = 0;

	if (value >> 32) {
		value >>= 32;
		power += 32;
	}
	if (value >> 16) {
		value >>= 16;
		power += 16;
	}
	if (value >> 8) {
		value >>= 8;
		power += 8;
	}
	if (value >> 4) {
		value >>= 4;
		power += 4;
	}
	if (value >> 2) {
		value >>= 2;
		power += 2;
	}
	return power + (value >> 1);
}

static __always_inline __u32 sluice_bucket(const struct sluice_reduce_measure *measure, __u64 value, bool is_signed)
{
	bool is_negative = is_signed && (__s64)value < 0;

	if (measure->kind == SLUICE_REDUCE_LOG2) {
		if (is_negative)
			return SLUICE_REDUCE_ZERO - 1 - sluice_power_of_two(-value);
		return value ? SLUICE_REDUCE_ZERO + 1 + sluice_power_of_two(value) : SLUICE_REDUCE_ZERO;
	}
	if (!is_signed && (__s64)value < 0)
		return measure->above; /* 2^63 and more, and no bound is so large */
	if ((__s64)value < measure->from)
		return 0;
	if ((__s64)value >= measure->to)
		return measure->above;
	return 1 + (value - measure->from) / measure->step;
}

static __always_inline void sluice_add(__u64 *to, __u64 value)
{
	if (SLUICE_REDUCE_SHARED)
		__sync_fetch_and_add(to, value);
	else
		*to += value;
}

static __always_inline void sluice_sum(struct sluice_reduce_result *result, __u64 value, bool is_signed)
{
	__u64 before;
	__u64 high;

	if (SLUICE_REDUCE_SHARED) {
		before = __sync_fetch_and_add(&result->sum_low, value);
	} else {
		before = result->sum_low;
		result->sum_low = before + value;
	}
	high = (before + value < before) - (is_signed && (__s64)value < 0);
	if (high)
		sluice_add(&result->sum_high, high);
}

/* Returns false if another program was there at the same time [3]. */
static __always_inline bool sluice_set(__u64 *at, __u64 from, __u64 to)
{
	if (SLUICE_REDUCE_SHARED)
		return __sync_val_compare_and_swap(at, from, to) == from;
	*at = to;
	return true;
}

/* Takes the value of a step. Returns 0 if another program was there at the same time [3]. See [4]. */
__noinline int sluice_measure(__u64 step_number, __u64 value)
{
	const struct sluice_reduce_step *step = &SLUICE_REDUCE_AREA.steps[step_number & (SLUICE_REDUCE_STEPS - 1)];
	__u64 number = step->result & (SLUICE_REDUCE_RESULTS - 1);
	const struct sluice_reduce_measure *measure = &SLUICE_REDUCE_AREA.measures[number];
	struct sluice_reduce_result *result = &SLUICE_REDUCE_AREA.results[number];
	bool is_signed = step->flags & SLUICE_STEP_SIGNED;
	__u64 key = is_signed ? value ^ 1ULL << 63 : value;
	__u64 bucket;
	__u64 seen;

	seen = *(volatile __u64 *)&result->min;
	if (key < seen && !sluice_set(&result->min, seen, key))
		return 0;
	seen = *(volatile __u64 *)&result->max;
	if (key > seen && !sluice_set(&result->max, seen, key))
		return 0;
	sluice_add(&result->count, 1);
	if (measure->kind == SLUICE_REDUCE_SUM) {
		sluice_sum(result, value, is_signed);
		return 1;
	}
	bucket = sluice_bucket(measure, value, is_signed) & (SLUICE_REDUCE_BUCKETS - 1);
	bucket += number * SLUICE_REDUCE_BUCKETS;
	SLUICE_OPAQUE(bucket);
	sluice_add(&SLUICE_REDUCE_AREA.buckets[bucket & (SLUICE_REDUCE_RESULTS * SLUICE_REDUCE_BUCKETS - 1)], 1);
	return 1;
}

static __always_inline __u64 sluice_value(const struct sluice_walk *walk, __u64 at,
					  const struct sluice_reduce_step *step)
{
	__u64 value = sluice_load(walk, at) << (step->cut & 63);

	return step->flags & SLUICE_STEP_SIGNED ? (__u64)((__s64)value >> (step->cut & 63)) : value >> (step->cut & 63);
}

/* One step [2]. Returns 1 at the end of the batch and where something is wrong. */
static long sluice_walk_step(__u32 index, void *context)
{
	const struct sluice_reduce_step *step;
	struct sluice_walk *walk = context;
	__u64 offset = walk->offset;
	__u64 number = walk->step;
	__u64 end;

	if (!number) {
		offset = (offset + 7) & ~7ULL;
		if (offset >= walk->length)
			return 1;
		number = sluice_load(walk, offset) & 0xffff;
		walk->last = offset;
		walk->events++;
		offset += SLUICE_EVENT_HEADER_LENGTH + walk->context;
	}
	SLUICE_OPAQUE(number);
	number &= SLUICE_REDUCE_STEPS - 1;
	step = &SLUICE_REDUCE_AREA.steps[number];
	end = offset + step->length;
	if (!(step->flags & SLUICE_STEP_KNOWN) || end > walk->length)
		goto failed;
	if (step->flags & SLUICE_STEP_MEASURED && walk->measures &&
	    !sluice_measure(number, sluice_value(walk, offset + step->offset, step))) {
		walk->offset = offset;
		walk->step = number;
		return 0;
	}
	if (step->flags & SLUICE_STEP_VARIABLE) {
		end += sluice_load(walk, end - sizeof(__u16)) & 0xffff;
		if (end > walk->length)
			goto failed;
	}
	walk->offset = end;
	walk->step = step->flags & SLUICE_STEP_LAST ? 0 : step->next;
	return 0;
failed:
	walk->failed = 1;
	return 1;
}

/* Walks a batch from its begin to its end. Returns whether it has whole events that are known and nothing else. */
static __always_inline bool sluice_walk_all(struct sluice_walk *walk, bool measures)
{
	walk->offset = 0;
	walk->step = 0;
	walk->events = 0;
	walk->last = 0;
	walk->failed = 0;
	walk->measures = measures;
	bpf_loop(SLUICE_REDUCE_MAX_LOOPS, sluice_walk_step, walk, 0);
	return !walk->failed && !walk->step && ((walk->offset + 7) & ~7U) == walk->length;
}

#endif
