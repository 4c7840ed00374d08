/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * drain: one trap copies one batch, header and content, out of the target as one record of a BPF ring buffer: of the
 * hot buffer, if there is a hot buffer and it has room, else of the large buffer.
 *
 *   arg0 address of a struct sluice_packet_header    arg1 address of the content    arg2 content length in bytes
 *
 * Four programs do the same with what different kernels offer; user space loads the first program that the kernel
 * accepts:
 *
 *   handle_drain_exact_sleepable    6.16  record of the exact length; a page that is not resident is brought in
 *   handle_drain_exact              6.16  record of the exact length; a page that is not resident loses the batch
 *   handle_drain_classes_sleepable  6.0   record of a fixed size class; pages are brought in
 *   handle_drain_classes            5.15  record of a fixed size class; a page that is not resident loses the batch
 *
 * (docs/kernels.md says which kernels were tried.) The notes are in drain.bpf.h.
 */
#include "drain.bpf.h"

char LICENSE[] SEC("license") = "GPL";

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
			bpf_ringbuf_discard_dynptr(&record, 0); /* the verifier requires this in every case */
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
