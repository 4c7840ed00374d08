/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_TRAP_TEXT_BPF_H
#define SLUICE_TRAP_TEXT_BPF_H

#include "sluice_common.bpf.h"
#include "trap.h"

/* Copies a string to text and returns its word, of which the offset is offset. Counts one that cannot be read. */
static __always_inline __u64 sluice_copy_text(__u64 *faults, char *text, __u32 offset, __u64 address)
{
	char next = 0;
	long length;

	if (!address)
		return SLUICE_TRAP_STRING_NULL;
	length = bpf_probe_read_user_str(text, SLUICE_TRAP_TEXT_LENGTH, (const void *)address);
	if (length <= 0) {
		__sync_fetch_and_add(faults, 1);
		return SLUICE_TRAP_STRING_FAULT;
	}
	if (length == SLUICE_TRAP_TEXT_LENGTH) /* full: cut, unless its NUL is what was cut */
		bpf_probe_read_user(&next, 1, (const char *)address + SLUICE_TRAP_TEXT_LENGTH - 1);
	return (next ? SLUICE_TRAP_STRING_TRUNCATED : 0) | (__u64)(length - 1) << 32 | offset;
}

#endif
