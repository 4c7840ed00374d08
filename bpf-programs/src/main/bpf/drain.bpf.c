/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * drain: one trap copies one batch, header and content, out of the target as one record of a BPF ring buffer: the hot
 * one, if there is one and it has room, else the other.
 *
 *   arg0 address of a struct sluice_packet_header    arg1 address of the content    arg2 content length in bytes
 *
 * Four programs do the same with what different kernels offer; user space loads the first one the kernel accepts:
 *
 *   handle_drain_exact_sleepable    6.16  record of the exact length; a page that is not resident is brought in
 *   handle_drain_exact              6.16  record of the exact length; a page that is not resident loses the batch
 *   handle_drain_classes_sleepable  6.0   record of a fixed size class; pages are brought in
 *   handle_drain_classes            5.15  record of a fixed size class; a page that is not resident loses the batch
 *
 * (docs/kernels.md says which kernels were tried.)
 *
 * Notes
 * [1] The header is copied into the record and checked there, where the target cannot change it any more. The few words
 *     that are looked at before only keep batches of another session from taking room. The content is opaque here.
 * [2] Sleepable programs try the copy that cannot sleep first. It is the faster one and is nearly always enough, as the
 *     ring's pages were touched by the thread that traps.
 * [3] No per-CPU scratch: while a program waits for a page or is preempted, another one runs on the same CPU. That goes
 *     for the stack too: SLUICE_STACK_LIMIT in build.sh says how.
 * [4] A buffer's position only goes forward, so a reader that keeps up still has a large one written from end to end,
 *     and each line of it is fetched before it is written. A small one is in the cache since its last round.
 */
#include "sluice_common.bpf.h"

char LICENSE[] SEC("license") = "GPL";

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

/* Of the header, what decides before any room is taken. */
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
	/* In this order: who reads record_bytes first and then discarded_bytes gives back too little, and never too much. */
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

static __always_inline long copy_exact(struct bpf_dynptr *to, __u64 length, const void *from, bool *resolved_fault,
				       const bool sleepable)
{
	const __u64 offset = SLUICE_PACKET_HEADER_LENGTH;
	long error;

	if (!length)
		return 0;
	error = bpf_probe_read_user_dynptr(to, offset, length, from);
	if (error && sleepable) { /* [2] */
		error = bpf_copy_from_user_dynptr(to, offset, length, from);
		*resolved_fault = true;
	}
	return error;
}

static __always_inline bool is_bounded(__u64 length)
{
	return length <= SLUICE_PACKET_MAX_CONTENT_LENGTH && !(length & 7);
}

/* dev.sluice.bpf.DrainVariant has the same classes. */
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

/* Whether the batch is this session's and may take room: its events, or a negative number after counting the cause. */
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
		return words.event_count; /* the rest is checked where it cannot change any more [1] */
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

/* Counts a batch whose record is given back next. A header that could not be read is zeros here: the helpers clear it. */
static __always_inline void count_discarded(int cause, const struct sluice_packet_header *header, __u64 record_bytes)
{
	__u64 events = header && header->magic == SLUICE_PACKET_MAGIC ? header->event_count : 0;

	count_failure(cause, events, record_bytes, record_bytes);
}

static __always_inline int drain_exact(struct pt_regs *ctx, const bool sleepable)
{
	bool resolved_fault = false;
	__s64 events = begin(ctx, &resolved_fault, true, sleepable);
	__u64 length = SLUICE_PACKET_HEADER_LENGTH + PT_REGS_PARM3(ctx);
	struct sluice_packet_header *header;
	struct bpf_dynptr record;
	int cause;

	if (events < 0)
		return 0;
	if (!sluice_config.has_hot_buffer || bpf_ringbuf_reserve_dynptr(&sluice_hot_batches, length, 0, &record)) {
		if (sluice_config.has_hot_buffer)
			bpf_ringbuf_discard_dynptr(&record, 0); /* the verifier wants it given back in every case */
		if (bpf_ringbuf_reserve_dynptr(&sluice_batches, length, 0, &record)) {
			bpf_ringbuf_discard_dynptr(&record, 0);
			return count_failure(SLUICE_DRAIN_BUFFER_FULL, events, bytes_of_record(PT_REGS_PARM3(ctx), true),
					     0);
		}
	}
	header = bpf_dynptr_data(&record, 0, sizeof(*header));
	cause = header ? take_header(ctx, header, &resolved_fault, sleepable) : SLUICE_DRAIN_COPY_FAULT;
	if (cause == DRAIN_OK && copy_exact(&record, PT_REGS_PARM3(ctx), (const void *)PT_REGS_PARM2(ctx),
					    &resolved_fault, sleepable))
		cause = SLUICE_DRAIN_COPY_FAULT;
	if (cause != DRAIN_OK) {
		count_discarded(cause, header, bytes_of_record(PT_REGS_PARM3(ctx), true));
		bpf_ringbuf_discard_dynptr(&record, sluice_config.target.submit_flags);
		return 0;
	}
	count_accepted(header->event_count, bytes_of_record(PT_REGS_PARM3(ctx), true), resolved_fault);
	bpf_ringbuf_submit_dynptr(&record, sluice_config.target.submit_flags);
	return 0;
}

/*
 * The length is taken from the context right before each use: a bound that was checked before the compiler put the number
 * on the stack is unknown to the verifier of 6.1 afterwards.
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

SEC("uprobe.s")
int handle_drain_exact_sleepable(struct pt_regs *ctx)
{
	return drain_exact(ctx, true);
}

SEC("uprobe")
int handle_drain_exact(struct pt_regs *ctx)
{
	return drain_exact(ctx, false);
}

SEC("uprobe.s")
int handle_drain_classes_sleepable(struct pt_regs *ctx)
{
	return drain_classes(ctx, true);
}

SEC("uprobe")
int handle_drain_classes(struct pt_regs *ctx)
{
	return drain_classes(ctx, false);
}
