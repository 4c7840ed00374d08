/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_TRAP_H
#define SLUICE_TRAP_H

#include "drain.h"

/*
 * One record per trap. Argument words start at offset 16 in every layout, so argument i is at 16 + 8 * i:
 *
 *   integers (0 to 6 arguments, no string)     | header | args[count]                    |
 *   one string among up to 6 arguments         | header | args[6] | text                 |   text of 64 or 256
 *   everything else                            | header | args[12] | text slots of 256   |
 *
 * An integer argument's word is the raw register or stack word. A string argument's word is SLUICE_TRAP_STRING_NULL,
 * SLUICE_TRAP_STRING_FAULT, or where its bytes are: offset from the start of the record in the low 32 bits, length in
 * bytes without the NUL in bits 32 to 62, and bit 63 set when the string went on after the last byte copied.
 */
struct sluice_trap_header {
	__u64 ktime_ns; /* CLOCK_MONOTONIC */
	__u32 tid;	/* as seen in the target */
	__u32 probe_id;
};

#define SLUICE_TRAP_REGISTER_ARGS 6
#define SLUICE_TRAP_MAX_ARGS 12
#define SLUICE_TRAP_TEXT_LENGTH 256 /* a string's bytes and its NUL */
#define SLUICE_TRAP_SHORT_TEXT_LENGTH 64 /* enough for most single strings */
#define SLUICE_TRAP_STRING_NULL 0ULL
#define SLUICE_TRAP_STRING_FAULT (~0ULL)
#define SLUICE_TRAP_STRING_TRUNCATED (1ULL << 63)

/*
 * The attach cookie contains everything that differs between probes:
 *   bits 0-31 probe id, 32-35 argument count, 36-47 which arguments are strings, 48-63 zero.
 * Bits 48-63 are reserved for the number of an argument specification (probes of others, whose arguments may be
 * anywhere). 0 means that the arguments are where Sluice's stubs put them: rdi, rsi, rdx, rcx, r8, r9, then 8(%rsp)
 * onwards.
 */
#define SLUICE_TRAP_COOKIE_COUNT_SHIFT 32
#define SLUICE_TRAP_COOKIE_COUNT_MASK 0xf
#define SLUICE_TRAP_COOKIE_STRINGS_SHIFT 36
#define SLUICE_TRAP_COOKIE_STRINGS_MASK 0xfff

struct sluice_trap_config {
	struct sluice_target target;
};

/* Index into sluice_trap_stats.failures; dev.sluice.bpf.trap.TrapFailure has the same order. One event each. */
enum sluice_trap_failure {
	SLUICE_TRAP_BUFFER_FULL,
	SLUICE_TRAP_COPY_FAULT,
	SLUICE_TRAP_WRONG_TARGET,
	SLUICE_TRAP_FAILURES,
};

struct sluice_trap_stats {
	__u64 failures[SLUICE_TRAP_FAILURES];
	__u64 string_faults; /* strings marked SLUICE_TRAP_STRING_FAULT in records that were submitted */
};

SLUICE_ASSERT_OFFSET(sluice_trap_header, ktime_ns, 0);
SLUICE_ASSERT_OFFSET(sluice_trap_header, tid, 8);
SLUICE_ASSERT_OFFSET(sluice_trap_header, probe_id, 12);
_Static_assert(sizeof(struct sluice_trap_header) == 16, "trap header grew");
_Static_assert(sizeof(struct sluice_trap_config) == 32, "trap config grew");
SLUICE_ASSERT_OFFSET(sluice_trap_stats, failures, 0);
SLUICE_ASSERT_OFFSET(sluice_trap_stats, string_faults, 24);
_Static_assert(sizeof(struct sluice_trap_stats) == 32, "trap stats grew");

#endif
