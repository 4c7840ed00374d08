/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * drain_reduce: as drain does, one trap copies one batch into a record of a BPF ring buffer. There it takes values of
 * its fields; then the consumer needs the header alone, and leaves the content where it is.
 *
 *   handle_drain_reduce_sleepable  6.0    pages that are not resident are brought in
 *   handle_drain_reduce            5.17   a page that is not resident loses the batch
 *
 * Records are of fixed size classes, because the verifier wants to know the length of what is walked.
 *
 * The header's last word, which the target has no use for, says what became of the batch: SLUICE_NOT_REDUCED if it has
 * an event that the steps do not know yet, or is no batch at all. The consumer takes the values itself then.
 */
#include "reduce.h"
#include "sluice_compat.h"

#define SLUICE_NOT_REDUCED 1
#define SLUICE_REDUCE_RINGS 8192 /* more than a region has */

char LICENSE[] SEC("license") = "GPL";

struct {
	struct sluice_reduce_area area;
	/* Of each ring, the last batch that was reduced. A batch whose trap was interrupted is drained once more. */
	__u64 sequences[SLUICE_REDUCE_RINGS];
} sluice_drain_reduce_area = {};

#define SLUICE_REDUCE_SHARED 1
#define SLUICE_REDUCE_AREA sluice_drain_reduce_area.area
#include "reduce.bpf.h"

static __noinline int reduce(char *record, __u64 class_length)
{
	struct sluice_packet_header *header = (struct sluice_packet_header *)record;
	struct sluice_walk walk = {
		.content = record + SLUICE_PACKET_HEADER_LENGTH,
		.limit = class_length - sizeof(__u64),
		.length = (header->packet_size >> 3) - SLUICE_PACKET_HEADER_LENGTH,
		.context = header->stream_id ? sizeof(__u64) : 0,
	};
	__u64 *last = &sluice_drain_reduce_area.sequences[header->ring & (SLUICE_REDUCE_RINGS - 1)];

	header->reserved = SLUICE_NOT_REDUCED;
	if (walk.length > class_length || header->stream_id > 1)
		return 0;
	if (!sluice_walk_all(&walk, false) || walk.events != header->event_count)
		return 0;
	header->reserved = 0;
	if (header->packet_seq_num <= *last)
		return 0;
	*last = header->packet_seq_num;
	sluice_walk_all(&walk, true);
	return 0;
}

#define SLUICE_DRAIN_TAKEN(record, class_length) reduce(record, class_length)
#include "drain.bpf.h"

SEC("uprobe.s")
int handle_drain_reduce_sleepable(struct pt_regs *ctx)
{
	return drain_classes(ctx, true);
}

SEC("uprobe")
int handle_drain_reduce(struct pt_regs *ctx)
{
	return drain_classes(ctx, false);
}
