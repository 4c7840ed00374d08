/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_TRAP_TEXT_BPF_H
#define SLUICE_TRAP_TEXT_BPF_H

#include "sluice_common.bpf.h"
#include "trap.h"

/*
 * Copies the string whose address is in the word to the offset in the record, where there is room for capacity bytes,
 * and puts the string's description into the word. Counts a string that cannot be read. If a string fills the room, the
 * byte that follows it is read into the room itself, because the stack is small: SLUICE_STACK_LIMIT in build.sh.
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
	if (length == capacity) { /* full: the string is cut, unless only its NUL is missing */
		length = capacity;
		bpf_probe_read_user(text + capacity - 1, 1, (const char *)*word + capacity - 1);
		if (text[capacity - 1])
			description |= SLUICE_TRAP_STRING_TRUNCATED;
		text[capacity - 1] = 0;
	}
	*word = description | (__u64)(length - 1) << 32;
}

/* Copies a string with the whole room. It is a subprogram, so that it has a stack frame of its own. */
static __noinline int sluice_take_whole_text(__u64 *faults, void *record, __u64 word_offset, __u64 offset)
{
	sluice_take_text(faults, record, record + word_offset, offset, SLUICE_TRAP_TEXT_LENGTH);
	return 0;
}

/* Copies the strings of a record that has slots for them. */
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
