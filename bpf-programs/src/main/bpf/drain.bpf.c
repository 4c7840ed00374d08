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
 *   handle_drain_classes            5.8   record of a fixed size class; a page that is not resident loses the batch
 *
 * Notes
 * [1] The header is copied to the stack once, checked there and written from there: the target cannot change it after
 *     the check. The content is opaque here.
 * [2] Sleepable programs try the copy that cannot sleep first. It is the faster one and is nearly always enough, as the
 *     ring's pages were touched by the thread that traps.
 * [3] No per-CPU scratch: a sleepable program may move behind another one on the same CPU in mid-copy.
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

struct drain_call {
	struct sluice_packet_header header; /* [1] */
	const char *content;
	__u64 length;
	bool resolved_fault;
};

static __always_inline bool is_well_formed(const struct sluice_packet_header *header, __u64 length)
{
	__u64 packet_length = SLUICE_PACKET_HEADER_LENGTH + length;

	return header->header_length == SLUICE_PACKET_HEADER_LENGTH && header->ring < sluice_config.slots &&
	       header->packet_size == packet_length * 8 && header->content_size <= header->packet_size &&
	       header->content_size + 8 * 8 > header->packet_size && header->event_count <= length / 8;
}

static __always_inline void count_failure(enum sluice_drain_failure cause, __u64 events, __u64 record_bytes,
					  __u64 discarded_bytes)
{
	struct sluice_drain_failure_count *count = &sluice_stats.failures[cause];

	__sync_fetch_and_add(&count->batches, 1);
	__sync_fetch_and_add(&count->events, events);
	/* In this order: who reads record_bytes first and then discarded_bytes gives back too little, and never too much. */
	__sync_fetch_and_add(&count->discarded_bytes, discarded_bytes);
	__sync_fetch_and_add(&count->record_bytes, record_bytes);
}

static __always_inline void count_accepted(const struct drain_call *call, __u64 record_bytes)
{
	__sync_fetch_and_add(&sluice_stats.accepted, 1);
	__sync_fetch_and_add(&sluice_stats.events, call->header.event_count);
	__sync_fetch_and_add(&sluice_stats.record_bytes, record_bytes);
	if (call->resolved_fault)
		__sync_fetch_and_add(&sluice_stats.faults_resolved, 1);
}

static __always_inline long copy_memory(struct drain_call *call, void *to, __u32 length, const void *from,
					const bool sleepable)
{
	long error = bpf_probe_read_user(to, length, from);

	if (error && sleepable) { /* [2] */
		error = bpf_copy_from_user(to, length, from);
		call->resolved_fault = true;
	}
	return error;
}

static __always_inline long copy_exact(struct drain_call *call, struct bpf_dynptr *to, const bool sleepable)
{
	const __u64 offset = SLUICE_PACKET_HEADER_LENGTH;
	long error = bpf_dynptr_write(to, 0, &call->header, sizeof(call->header), 0);

	if (error || !call->length)
		return error;
	error = bpf_probe_read_user_dynptr(to, offset, call->length, call->content);
	if (error && sleepable) { /* [2] */
		error = bpf_copy_from_user_dynptr(to, offset, call->length, call->content);
		call->resolved_fault = true;
	}
	return error;
}

static __always_inline int drain_exact(struct drain_call *call, const bool sleepable)
{
	__u64 length = SLUICE_PACKET_HEADER_LENGTH + call->length;
	__u64 record_bytes = length + SLUICE_RINGBUF_HEADER_LENGTH;
	struct bpf_dynptr record;
	bool is_hot = sluice_config.has_hot_buffer;

	if (is_hot && bpf_ringbuf_reserve_dynptr(&sluice_hot_batches, length, 0, &record)) {
		bpf_ringbuf_discard_dynptr(&record, 0); /* the verifier wants it given back in every case */
		is_hot = false;
	}
	if (!is_hot && bpf_ringbuf_reserve_dynptr(&sluice_batches, length, 0, &record)) {
		bpf_ringbuf_discard_dynptr(&record, 0);
		count_failure(SLUICE_DRAIN_BUFFER_FULL, call->header.event_count, record_bytes, 0);
		return 0;
	}
	if (copy_exact(call, &record, sleepable)) {
		bpf_ringbuf_discard_dynptr(&record, sluice_config.target.submit_flags);
		count_failure(SLUICE_DRAIN_COPY_FAULT, call->header.event_count, record_bytes, record_bytes);
		return 0;
	}
	count_accepted(call, record_bytes);
	bpf_ringbuf_submit_dynptr(&record, sluice_config.target.submit_flags);
	return 0;
}

static __always_inline int drain_class(struct drain_call *call, const __u32 class_length, const bool sleepable)
{
	const __u64 record_bytes = SLUICE_PACKET_HEADER_LENGTH + class_length + SLUICE_RINGBUF_HEADER_LENGTH;
	char *record = NULL;
	__u64 length = call->length;

	if (sluice_config.has_hot_buffer)
		record = bpf_ringbuf_reserve(&sluice_hot_batches, SLUICE_PACKET_HEADER_LENGTH + class_length, 0);
	if (!record)
		record = bpf_ringbuf_reserve(&sluice_batches, SLUICE_PACKET_HEADER_LENGTH + class_length, 0);
	if (!record) {
		count_failure(SLUICE_DRAIN_BUFFER_FULL, call->header.event_count, record_bytes, 0);
		return 0;
	}
	__builtin_memcpy(record, &call->header, sizeof(call->header));
	SLUICE_OPAQUE(length);
	if (length > class_length ||
	    copy_memory(call, record + SLUICE_PACKET_HEADER_LENGTH, length, call->content, sleepable)) {
		bpf_ringbuf_discard(record, sluice_config.target.submit_flags);
		count_failure(SLUICE_DRAIN_COPY_FAULT, call->header.event_count, record_bytes, record_bytes);
		return 0;
	}
	count_accepted(call, record_bytes);
	bpf_ringbuf_submit(record, sluice_config.target.submit_flags);
	return 0;
}

/* dev.sluice.bpf.DrainVariant has the same classes. */
static __always_inline int drain_classes(struct drain_call *call, const bool sleepable)
{
	if (call->length <= 256)
		return drain_class(call, 256, sleepable);
	if (call->length <= 1024)
		return drain_class(call, 1024, sleepable);
	if (call->length <= 4096)
		return drain_class(call, 4096, sleepable);
	if (call->length <= 16384)
		return drain_class(call, 16384, sleepable);
	if (call->length <= 32768)
		return drain_class(call, 32768, sleepable);
	return drain_class(call, SLUICE_PACKET_MAX_CONTENT_LENGTH, sleepable);
}

static __always_inline __u64 class_of(__u64 length)
{
	return length <= 256 ? 256
	     : length <= 1024 ? 1024
	     : length <= 4096 ? 4096
	     : length <= 16384 ? 16384
	     : length <= 32768 ? 32768 : SLUICE_PACKET_MAX_CONTENT_LENGTH;
}

/* Reads the arguments and the header and checks both: DRAIN_OK, or the cause after counting it. */
static __always_inline int begin(struct drain_call *call, struct pt_regs *ctx, const bool exact, const bool sleepable)
{
	const void *header = (const void *)PT_REGS_PARM1(ctx);
	__u64 length = PT_REGS_PARM3(ctx);
	bool bounded = length <= SLUICE_PACKET_MAX_CONTENT_LENGTH && !(length & 7);
	__u64 record_bytes = !bounded ? 0
			   : SLUICE_RINGBUF_HEADER_LENGTH + SLUICE_PACKET_HEADER_LENGTH +
			     (exact ? length : class_of(length));
	int cause = DRAIN_OK;
	__u64 events = 0;

	call->content = (const char *)PT_REGS_PARM2(ctx);
	call->length = length;
	call->resolved_fault = false;
	if (!sluice_target_tid(&sluice_config.target)) {
		cause = SLUICE_DRAIN_WRONG_TARGET;
	} else if (copy_memory(call, &call->header, sizeof(call->header), header, sleepable)) {
		cause = SLUICE_DRAIN_COPY_FAULT;
	} else if (call->header.magic != SLUICE_PACKET_MAGIC) {
		cause = SLUICE_DRAIN_BAD_HEADER;
	} else if (call->header.epoch != sluice_config.epoch) {
		cause = SLUICE_DRAIN_WRONG_EPOCH;
		events = call->header.event_count;
	} else if (!bounded || !is_well_formed(&call->header, length)) {
		cause = SLUICE_DRAIN_BAD_HEADER;
		events = call->header.event_count;
	}
	if (cause != DRAIN_OK)
		count_failure(cause, events, record_bytes, 0);
	return cause;
}

SEC("uprobe.s")
int handle_drain_exact_sleepable(struct pt_regs *ctx)
{
	struct drain_call call;

	return begin(&call, ctx, true, true) == DRAIN_OK ? drain_exact(&call, true) : 0;
}

SEC("uprobe")
int handle_drain_exact(struct pt_regs *ctx)
{
	struct drain_call call;

	return begin(&call, ctx, true, false) == DRAIN_OK ? drain_exact(&call, false) : 0;
}

SEC("uprobe.s")
int handle_drain_classes_sleepable(struct pt_regs *ctx)
{
	struct drain_call call;

	return begin(&call, ctx, false, true) == DRAIN_OK ? drain_classes(&call, true) : 0;
}

SEC("uprobe")
int handle_drain_classes(struct pt_regs *ctx)
{
	struct drain_call call;

	return begin(&call, ctx, false, false) == DRAIN_OK ? drain_classes(&call, false) : 0;
}
