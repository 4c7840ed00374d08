/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * usdt: for any USDT probe of any program, with its arguments wherever the probe's note says. Each hit becomes a
 * record, is counted, or is put into a histogram. Counts and histograms stay in the kernel, so no hit is lost from
 * them. usdt.h has the layouts.
 */
#include "trap_text.bpf.h"
#include "usdt.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct sluice_trap_config sluice_config SEC(".rodata.config") = {};
struct sluice_trap_stats sluice_stats SEC(".data.stats") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} sluice_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_usdt_specification);
} sluice_specs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sluice_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sluice_usdt_histogram);
} sluice_hists SEC(".maps");

struct usdt_record {
	struct sluice_trap_header header;
	__u64 args[SLUICE_TRAP_MAX_ARGS];
	char text[SLUICE_TRAP_MAX_ARGS][SLUICE_TRAP_TEXT_LENGTH];
};

static __always_inline int lose(enum sluice_trap_failure cause)
{
	__sync_fetch_and_add(&sluice_stats.failures[cause], 1);
	return 0;
}

static __always_inline struct sluice_usdt_specification *specification(__u64 cookie)
{
	__u32 number = cookie >> SLUICE_USDT_COOKIE_SPECIFICATION_SHIFT;

	return bpf_map_lookup_elem(&sluice_specs, &number);
}

/* Reads the register at a variable offset, which the context, readable at constant offsets only, does not allow. */
static __always_inline __u64 saved_register(struct pt_regs *ctx, __u16 offset, __u64 *scratch)
{
	*scratch = 0;
	if (offset <= sizeof(*ctx) - sizeof(*scratch))
		bpf_probe_read_kernel(scratch, sizeof(*scratch), (void *)ctx + offset);
	return *scratch;
}

/*
 * Reads an argument into *to, which is in the record if there is a record. It is a subprogram, so that it has a stack
 * frame of its own: SLUICE_STACK_LIMIT in build.sh.
 */
static __noinline bool read_argument(struct pt_regs *ctx, const struct sluice_usdt_argument *argument, __u64 *to)
{
	__u8 cut = argument->cut & 63;

	if (argument->kind == SLUICE_USDT_REGISTER) {
		*to = saved_register(ctx, argument->base, to) >> (argument->shift & 63);
	} else if (argument->kind == SLUICE_USDT_MEMORY) {
		__u64 address = argument->value;
		long error;

		if (argument->flags & SLUICE_USDT_HAS_BASE)
			address += saved_register(ctx, argument->base, to);
		if (argument->flags & SLUICE_USDT_HAS_INDEX)
			address += saved_register(ctx, argument->index, to) << (argument->shift & 63);
		*to = 0;
		/* Only the value's own bytes are read, because the value may be the last one of its page. */
		error = cut == 0 ? bpf_probe_read_user(to, 8, (void *)address) :
			cut == 32 ? bpf_probe_read_user(to, 4, (void *)address) :
			cut == 48 ? bpf_probe_read_user(to, 2, (void *)address) :
				    bpf_probe_read_user(to, 1, (void *)address);
		if (error) {
			*to = 0;
			return false;
		}
	} else if (argument->kind == SLUICE_USDT_CONSTANT) {
		*to = argument->value;
	} else {
		*to = 0;
		return false;
	}
	*to = argument->flags & SLUICE_USDT_SIGNED ? (__u64)((__s64)(*to << cut) >> cut) : *to << cut >> cut;
	return true;
}

static __always_inline __u32 argument_count(__u64 cookie)
{
	return (cookie >> SLUICE_TRAP_COOKIE_COUNT_SHIFT) & SLUICE_TRAP_COOKIE_COUNT_MASK;
}

static __always_inline __u32 string_mask(__u64 cookie)
{
	return (cookie >> SLUICE_TRAP_COOKIE_STRINGS_SHIFT) & SLUICE_TRAP_COOKIE_STRINGS_MASK;
}

/* Arguments that cannot be read are 0, and their bits in the header's probe_id are set. */
static __always_inline void read_arguments(struct pt_regs *ctx, const struct sluice_usdt_specification *spec,
					   struct usdt_record *record, __u32 count)
{
	__u64 i;

	for (i = 0; i < SLUICE_TRAP_MAX_ARGS; i++) {
		/* The loop keeps one number, and not a pointer into each array. */
		SLUICE_OPAQUE(record);
		SLUICE_OPAQUE(spec);
		SLUICE_OPAQUE(i);
		if (i >= SLUICE_TRAP_MAX_ARGS)
			break;
		if (i >= count)
			record->args[i] = 0;
		else if (!read_argument(ctx, &spec->arguments[i], &record->args[i]))
			record->header.probe_id |= 1u << (SLUICE_USDT_PROBE_BITS + i);
	}
}

static __always_inline int print(struct pt_regs *ctx, const __u32 slots)
{
	__u64 cookie = bpf_get_attach_cookie(ctx);
	__u32 tid = sluice_target_tid(&sluice_config.target);
	struct sluice_usdt_specification *spec;
	struct usdt_record *record;

	if (!tid)
		return lose(SLUICE_TRAP_WRONG_TARGET);
	spec = specification(cookie);
	if (!spec)
		return lose(SLUICE_TRAP_COPY_FAULT);
	record = bpf_ringbuf_reserve(&sluice_events,
				     offsetof(struct usdt_record, text) + slots * SLUICE_TRAP_TEXT_LENGTH, 0);
	if (!record)
		return lose(SLUICE_TRAP_BUFFER_FULL);
	record->header.ktime_ns = bpf_ktime_get_ns();
	record->header.tid = tid;
	record->header.probe_id = cookie;
	read_arguments(ctx, spec, record, argument_count(cookie));
	sluice_take_texts(&sluice_stats.string_faults, record,
			  string_mask(cookie) & ~(record->header.probe_id >> SLUICE_USDT_PROBE_BITS),
			  offsetof(struct usdt_record, args), offsetof(struct usdt_record, text), slots);
	bpf_ringbuf_submit(record, sluice_config.target.submit_flags);
	return 0;
}

#define SLUICE_USDT_PRINT(slots)                           \
	SEC("uprobe")                                      \
	int handle_usdt_print_##slots(struct pt_regs *ctx) \
	{                                                  \
		return print(ctx, slots);                  \
	}

SLUICE_USDT_PRINT(0)
SLUICE_USDT_PRINT(1)
SLUICE_USDT_PRINT(2)
SLUICE_USDT_PRINT(4)
SLUICE_USDT_PRINT(12)

SEC("uprobe")
int handle_usdt_count(struct pt_regs *ctx)
{
	__u32 probe = bpf_get_attach_cookie(ctx);
	__u64 *count;

	if (!sluice_target_tid(&sluice_config.target))
		return lose(SLUICE_TRAP_WRONG_TARGET);
	count = bpf_map_lookup_elem(&sluice_counts, &probe);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

/* The bucket of a value that is not zero; the value is taken as unsigned. */
static __always_inline __u32 power_of_two(__u64 value)
{
	__u32 power = 0;

	if (value >> 32) {
		value >>= 32;
		power += 32;
	}
	if (value >> 16) {
		value >>= 16;
		power += 16;
	}
	if (value >> 8) {
		value >>= 8;
		power += 8;
	}
	if (value >> 4) {
		value >>= 4;
		power += 4;
	}
	if (value >> 2) {
		value >>= 2;
		power += 2;
	}
	return SLUICE_USDT_ZERO + 1 + power + (value >> 1);
}

SEC("uprobe")
int handle_usdt_hist(struct pt_regs *ctx)
{
	__u64 cookie = bpf_get_attach_cookie(ctx);
	__u32 number = argument_count(cookie);
	struct sluice_usdt_specification *spec;
	struct sluice_usdt_histogram *histogram;
	struct sluice_usdt_argument *argument;
	__u32 bucket = SLUICE_USDT_ZERO;
	__u32 probe = cookie;
	__u64 value;

	if (!sluice_target_tid(&sluice_config.target))
		return lose(SLUICE_TRAP_WRONG_TARGET);
	spec = specification(cookie);
	histogram = bpf_map_lookup_elem(&sluice_hists, &probe);
	if (!spec || !histogram || number >= SLUICE_TRAP_MAX_ARGS)
		return 0;
	argument = &spec->arguments[number];
	if (!read_argument(ctx, argument, &value)) {
		__sync_fetch_and_add(&histogram->unread, 1);
		return 0;
	}
	if (argument->flags & SLUICE_USDT_SIGNED && (__s64)value < 0)
		bucket = SLUICE_USDT_NEGATIVE;
	else if (value)
		bucket = power_of_two(value);
	SLUICE_OPAQUE(bucket);
	if (bucket < SLUICE_USDT_BUCKETS)
		__sync_fetch_and_add(&histogram->buckets[bucket], 1);
	return 0;
}
