/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_DRAIN_BPF_H
#define SLUICE_DRAIN_BPF_H
/*
 * What programs that drain batches have in common, and the copy into a record of a fixed size class. Whoever includes
 * this may define SLUICE_DRAIN_TAKEN(record, class_length): what is done with a batch that is in its record, header and
 * content, before it is submitted.
 *
 * Notes
 * [1] The header is copied into the record and checked there, where the target cannot change it any more. The few words
 *     that are read before that only keep batches of another session from taking room. The content is not looked at.
 * [2] Sleepable programs first try the copy that cannot sleep. This copy is faster and nearly always enough, because
 *     the thread that traps has touched the ring's pages.
 * [3] There is no per-CPU scratch memory: while a program waits for a page or is preempted, another program may run on
 *     the same CPU. A large stack may be per-CPU memory too: see SLUICE_STACK_LIMIT in build.sh.
 * [4] A buffer's position only goes forward. So even if the reader keeps up, a large buffer is written from end to end,
 *     and each cache line of it is fetched before it is written. A small buffer is still in the cache from its last
 *     round.
 */
#include "sluice_common.bpf.h"

#ifndef SLUICE_DRAIN_TAKEN
#define SLUICE_DRAIN_TAKEN(record, class_length)
#endif

const volatile struct sluice_drain_config sluice_config SEC(".rodata.config") = {};
struct sluice_drain_stats sluice_stats SEC(".data.stats") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} sluice_batches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 12);
} sluice_hot_batches SEC(".maps"); /* [4] */

#define SLUICE_RINGBUF_HEADER_LENGTH 8

enum {
	DRAIN_OK = -1,
};

/* The words of the header that decide before any room is taken. */
struct header_words {
	__u32 event_count;
	__u32 tid;
	__u32 ring;
	__u16 epoch;
	__u16 header_length;
};

_Static_assert(offsetof(struct sluice_packet_header, event_count) + sizeof(struct header_words) ==
		       offsetof(struct sluice_packet_header, java_thread_id),
	       "header_words are no part of the header");

static __always_inline bool is_well_formed(const struct sluice_packet_header *header, __u64 length)
{
	__u64 packet_size = (SLUICE_PACKET_HEADER_LENGTH + length) * 8;

	return header->magic == SLUICE_PACKET_MAGIC && header->epoch == sluice_config.epoch &&
	       header->header_length == SLUICE_PACKET_HEADER_LENGTH && header->ring < sluice_config.slots &&
	       header->packet_size == packet_size && header->content_size <= packet_size &&
	       header->content_size + 8 * 8 > packet_size && header->event_count <= length / 8;
}

static __always_inline int count_failure(enum sluice_drain_failure cause, __u64 events, __u64 record_bytes,
					 __u64 discarded_bytes)
{
	struct sluice_drain_failure_count *count = &sluice_stats.failures[cause];

	__sync_fetch_and_add(&count->batches, 1);
	__sync_fetch_and_add(&count->events, events);
	/* In this order: a reader of record_bytes and then discarded_bytes may give back too little, but never too much. */
	__sync_fetch_and_add(&count->discarded_bytes, discarded_bytes);
	__sync_fetch_and_add(&count->record_bytes, record_bytes);
	return 0;
}

static __always_inline void count_accepted(__u64 events, __u64 record_bytes, bool resolved_fault)
{
	__sync_fetch_and_add(&sluice_stats.accepted, 1);
	__sync_fetch_and_add(&sluice_stats.events, events);
	__sync_fetch_and_add(&sluice_stats.record_bytes, record_bytes);
	if (resolved_fault)
		__sync_fetch_and_add(&sluice_stats.faults_resolved, 1);
}

static __always_inline long copy_memory(void *to, __u32 length, const void *from, bool *resolved_fault,
					const bool sleepable)
{
	long error = bpf_probe_read_user(to, length, from);

	if (error && sleepable) { /* [2] */
		error = bpf_copy_from_user(to, length, from);
		*resolved_fault = true;
	}
	return error;
}

static __always_inline bool is_bounded(__u64 length)
{
	return length <= SLUICE_PACKET_MAX_CONTENT_LENGTH && !(length & 7);
}

/* dev.sluice.bpf.drain.DrainVariant has the same classes. */
static __always_inline __u64 class_of(__u64 length)
{
	return length <= 256 ? 256
	     : length <= 1024 ? 1024
	     : length <= 4096 ? 4096
	     : length <= 16384 ? 16384
	     : length <= 32768 ? 32768 : SLUICE_PACKET_MAX_CONTENT_LENGTH;
}

static __always_inline __u64 bytes_of_record(__u64 length, const bool exact)
{
	return SLUICE_RINGBUF_HEADER_LENGTH + SLUICE_PACKET_HEADER_LENGTH + (exact ? length : class_of(length));
}

/* The batch's events if the batch belongs to this session and may take room; else counts the cause and returns < 0. */
static __always_inline __s64 begin(struct pt_regs *ctx, bool *resolved_fault, const bool exact, const bool sleepable)
{
	const struct sluice_packet_header *header = (const void *)PT_REGS_PARM1(ctx);
	__u64 length = PT_REGS_PARM3(ctx);
	int cause = SLUICE_DRAIN_BAD_HEADER;
	struct header_words words;
	__u64 events = 0;
	__u32 magic;

	if (!sluice_target_tid(&sluice_config.target)) {
		cause = SLUICE_DRAIN_WRONG_TARGET;
		goto refused;
	}
	if (copy_memory(&words, sizeof(words), &header->event_count, resolved_fault, sleepable)) {
		cause = SLUICE_DRAIN_COPY_FAULT;
		goto refused;
	}
	if (words.epoch == sluice_config.epoch && is_bounded(length))
		return words.event_count; /* the rest is checked in the record, where it cannot change [1] */
	if (copy_memory(&magic, sizeof(magic), &header->magic, resolved_fault, sleepable)) {
		cause = SLUICE_DRAIN_COPY_FAULT;
	} else if (magic == SLUICE_PACKET_MAGIC) {
		events = words.event_count;
		if (words.epoch != sluice_config.epoch)
			cause = SLUICE_DRAIN_WRONG_EPOCH;
	}
refused:
	count_failure(cause, events, is_bounded(length) ? bytes_of_record(length, exact) : 0, 0);
	return -1;
}

/* Copies the header into the record and checks it there [1]: DRAIN_OK, or the cause. */
static __always_inline int take_header(struct pt_regs *ctx, struct sluice_packet_header *to, bool *resolved_fault,
				       const bool sleepable)
{
	if (copy_memory(to, sizeof(*to), (const void *)PT_REGS_PARM1(ctx), resolved_fault, sleepable))
		return SLUICE_DRAIN_COPY_FAULT;
	return is_well_formed(to, PT_REGS_PARM3(ctx)) ? DRAIN_OK : SLUICE_DRAIN_BAD_HEADER;
}

/*
 * Counts a batch whose record is given back next. The helpers clear a header that cannot be read, so it is zeros here.
 */
static __always_inline void count_discarded(int cause, const struct sluice_packet_header *header, __u64 record_bytes)
{
	__u64 events = header && header->magic == SLUICE_PACKET_MAGIC ? header->event_count : 0;

	count_failure(cause, events, record_bytes, record_bytes);
}

/*
 * The length is read from the context right before each use: if the compiler puts a checked number on the stack, the
 * verifier of 6.1 no longer knows the number's bound.
 */
static __always_inline __u64 length_up_to(struct pt_regs *ctx, const __u32 class_length)
{
	__u64 length = PT_REGS_PARM3(ctx);

	SLUICE_OPAQUE(length);
	return length <= class_length ? length : class_length;
}

static __always_inline long copy_class(struct pt_regs *ctx, char *to, const __u32 class_length, bool *resolved_fault,
				       const bool sleepable)
{
	long error = bpf_probe_read_user(to, length_up_to(ctx, class_length), (const void *)PT_REGS_PARM2(ctx));

	if (error && sleepable) { /* [2] */
		error = bpf_copy_from_user(to, length_up_to(ctx, class_length), (const void *)PT_REGS_PARM2(ctx));
		*resolved_fault = true;
	}
	return error;
}

static __always_inline int drain_class(struct pt_regs *ctx, __u64 events, bool *resolved_fault,
				       const __u32 class_length, const bool sleepable)
{
	const __u64 record_bytes = SLUICE_PACKET_HEADER_LENGTH + class_length + SLUICE_RINGBUF_HEADER_LENGTH;
	char *record = NULL;
	int cause;

	if (sluice_config.has_hot_buffer)
		record = bpf_ringbuf_reserve(&sluice_hot_batches, SLUICE_PACKET_HEADER_LENGTH + class_length, 0);
	if (!record)
		record = bpf_ringbuf_reserve(&sluice_batches, SLUICE_PACKET_HEADER_LENGTH + class_length, 0);
	if (!record)
		return count_failure(SLUICE_DRAIN_BUFFER_FULL, events, record_bytes, 0);
	cause = take_header(ctx, (struct sluice_packet_header *)record, resolved_fault, sleepable);
	if (cause == DRAIN_OK &&
	    copy_class(ctx, record + SLUICE_PACKET_HEADER_LENGTH, class_length, resolved_fault, sleepable))
		cause = SLUICE_DRAIN_COPY_FAULT;
	if (cause != DRAIN_OK) {
		count_discarded(cause, (struct sluice_packet_header *)record, record_bytes);
		bpf_ringbuf_discard(record, sluice_config.target.submit_flags);
		return 0;
	}
	SLUICE_DRAIN_TAKEN(record, class_length);
	count_accepted(((struct sluice_packet_header *)record)->event_count, record_bytes, *resolved_fault);
	bpf_ringbuf_submit(record, sluice_config.target.submit_flags);
	return 0;
}

static __always_inline int drain_classes(struct pt_regs *ctx, const bool sleepable)
{
	bool resolved_fault = false;
	__s64 events = begin(ctx, &resolved_fault, false, sleepable);
	__u64 length = PT_REGS_PARM3(ctx);

	if (events < 0)
		return 0;
	if (length <= 256)
		return drain_class(ctx, events, &resolved_fault, 256, sleepable);
	if (length <= 1024)
		return drain_class(ctx, events, &resolved_fault, 1024, sleepable);
	if (length <= 4096)
		return drain_class(ctx, events, &resolved_fault, 4096, sleepable);
	if (length <= 16384)
		return drain_class(ctx, events, &resolved_fault, 16384, sleepable);
	if (length <= 32768)
		return drain_class(ctx, events, &resolved_fault, 32768, sleepable);
	return drain_class(ctx, events, &resolved_fault, SLUICE_PACKET_MAX_CONTENT_LENGTH, sleepable);
}

#endif
