/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_TRAP_TEXT_BPF_H
#define SLUICE_TRAP_TEXT_BPF_H

#include "sluice_common.bpf.h"
#include "trap.h"

/*
 * The string whose address is the word: copies it to the offset in the record, where there is room for capacity bytes,
 * and puts its description into the word. Counts one that cannot be read. What follows a string that fills the room is
 * looked at in the room itself, as the stack is scarce: SLUICE_STACK_LIMIT in build.sh.
 */
static __always_inline void sluice_take_text(__u64 *faults, void *record, __u64 *word, __u64 offset,
					     const __u32 capacity)
{
	char *text = record + offset;
	__u64 description = offset;
	long length;

	if (!*word)
		return; /* SLUICE_TRAP_STRING_NULL */
	length = bpf_probe_read_user_str(text, capacity, (const void *)*word);
	if (length <= 0) {
		__sync_fetch_and_add(faults, 1);
		*word = SLUICE_TRAP_STRING_FAULT;
		return;
	}
	if (length == capacity) { /* full: cut, unless its NUL is what was cut */
		length = capacity;
		bpf_probe_read_user(text + capacity - 1, 1, (const char *)*word + capacity - 1);
		if (text[capacity - 1])
			description |= SLUICE_TRAP_STRING_TRUNCATED;
		text[capacity - 1] = 0;
	}
	*word = description | (__u64)(length - 1) << 32;
}

/* The same with the whole room, as a subprogram: its stack frame is its own. */
static __noinline int sluice_take_whole_text(__u64 *faults, void *record, __u64 word_offset, __u64 offset)
{
	sluice_take_text(faults, record, record + word_offset, offset, SLUICE_TRAP_TEXT_LENGTH);
	return 0;
}

/* The strings of a record that has slots for them. */
static __always_inline void sluice_take_texts(__u64 *faults, void *record, __u32 strings, const __u32 args_offset,
					      const __u32 text_offset, const __u32 slots)
{
	__u64 slot = 0;
	__u64 i;

	for (i = 0; slots && i < SLUICE_TRAP_MAX_ARGS; i++) {
		SLUICE_OPAQUE(slot);
		SLUICE_OPAQUE(i);
		if (i >= SLUICE_TRAP_MAX_ARGS || slot >= slots)
			break;
		if (!(strings >> i & 1))
			continue;
		sluice_take_whole_text(faults, record, args_offset + i * sizeof(__u64),
				       text_offset + slot * SLUICE_TRAP_TEXT_LENGTH);
		slot++;
	}
}

#endif
