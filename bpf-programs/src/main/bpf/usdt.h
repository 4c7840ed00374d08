/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_USDT_H
#define SLUICE_USDT_H

#include "trap.h"

/*
 * Where an argument of a site is, made from the site's note. Registers are offsets in struct pt_regs. The value is cut
 * to its length and its sign is extended, so a record contains the argument and not the whole register.
 */
enum sluice_usdt_kind {
	SLUICE_USDT_UNREADABLE,
	SLUICE_USDT_CONSTANT,
	SLUICE_USDT_REGISTER,
	SLUICE_USDT_MEMORY,
};

#define SLUICE_USDT_SIGNED 1
#define SLUICE_USDT_HAS_BASE 2
#define SLUICE_USDT_HAS_INDEX 4

struct sluice_usdt_argument {
	__s64 value; /* the constant, or the displacement */
	__u16 base;
	__u16 index;
	__u8 kind;
	__u8 shift; /* shift of the index to the left, or of a register's value to the right */
	__u8 cut;   /* bits above the value: 64 - 8 * length */
	__u8 flags;
};

struct sluice_usdt_specification {
	struct sluice_usdt_argument arguments[SLUICE_TRAP_MAX_ARGS];
};

/*
 * A record is header | args[12] | text slots of 256, like that of a trap. The header's probe_id has the probe's number
 * in bits 0 to 19 and, in bits 20 to 31, which arguments could not be read: their words are 0.
 */
#define SLUICE_USDT_PROBE_BITS 20

/* The attach cookie is like that of a trap, with the number of the specification in bits 48 to 63. In a histogram the
 * count is the number of the argument. */
#define SLUICE_USDT_COOKIE_SPECIFICATION_SHIFT 48

/* Buckets: below zero, zero, then [2^n, 2^(n+1)) for n from 0 to 63. */
#define SLUICE_USDT_NEGATIVE 0
#define SLUICE_USDT_ZERO 1
#define SLUICE_USDT_BUCKETS 66

/* The histogram of one probe, changed by atomic adds only. */
struct sluice_usdt_histogram {
	__u64 buckets[SLUICE_USDT_BUCKETS];
	__u64 unread;
};

SLUICE_ASSERT_OFFSET(sluice_usdt_argument, base, 8);
SLUICE_ASSERT_OFFSET(sluice_usdt_argument, index, 10);
SLUICE_ASSERT_OFFSET(sluice_usdt_argument, kind, 12);
SLUICE_ASSERT_OFFSET(sluice_usdt_argument, shift, 13);
SLUICE_ASSERT_OFFSET(sluice_usdt_argument, cut, 14);
SLUICE_ASSERT_OFFSET(sluice_usdt_argument, flags, 15);
_Static_assert(sizeof(struct sluice_usdt_argument) == 16, "argument grew");
_Static_assert(sizeof(struct sluice_usdt_histogram) == 536, "histogram grew");

#endif
