/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * trap: one trap stores one event. Batches are compared against this baseline, so it is as cheap as possible: there is
 * one program for each number of integer arguments, with a record of that size, one for the common single string, and
 * one for all other cases. trap.h has the layouts and the meaning of the attach cookie.
 *
 * Notes
 * [1] Programs are preemptible, so text is never collected in per-CPU memory, but is copied into the record at once. (A
 *     stack of more than SLUICE_STACK_LIMIT bytes, see build.sh, can be per-CPU memory too.) The length of a record is
 *     fixed before the length of its text is known. So a single string first gets the room that most strings need, and
 *     the whole room if it fills that; if there are several strings, each gets the whole room.
 */
#include "sluice_common.bpf.h"
#include "trap_text.bpf.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct sluice_trap_config sluice_config SEC(".rodata.config") = {};
struct sluice_trap_stats sluice_stats SEC(".data.stats") = {};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} sluice_events SEC(".maps");

struct trap_string_record {
	struct sluice_trap_header header;
	__u64 args[SLUICE_TRAP_REGISTER_ARGS];
	char text[SLUICE_TRAP_TEXT_LENGTH]; /* the record may end before this array */
};

struct trap_general_record {
	struct sluice_trap_header header;
	__u64 args[SLUICE_TRAP_MAX_ARGS];
	char text[SLUICE_TRAP_MAX_ARGS][SLUICE_TRAP_TEXT_LENGTH];
};

static __always_inline int lose(enum sluice_trap_failure cause)
{
	__sync_fetch_and_add(&sluice_stats.failures[cause], 1);
	return 0;
}

static __always_inline void fill_header(struct sluice_trap_header *header, __u32 tid, __u64 cookie)
{
	header->ktime_ns = bpf_ktime_get_ns();
	header->tid = tid;
	header->probe_id = cookie;
}

#if defined(__TARGET_ARCH_x86)
#define SIXTH_ARGUMENT(ctx) ((ctx)->r9)
#else
#define SIXTH_ARGUMENT(ctx) (((const volatile struct user_pt_regs *)(ctx))->regs[5])
#endif

/* Reads the first count register arguments. There is no loop: the context is readable only at constant offsets. */
static __always_inline void read_registers(struct pt_regs *ctx, __u64 *args, __u32 count)
{
	if (count > 0)
		args[0] = PT_REGS_PARM1(ctx);
	if (count > 1)
		args[1] = PT_REGS_PARM2(ctx);
	if (count > 2)
		args[2] = PT_REGS_PARM3(ctx);
	if (count > 3)
		args[3] = PT_REGS_PARM4(ctx);
	if (count > 4)
		args[4] = PT_REGS_PARM5(ctx);
	if (count > 5)
		args[5] = SIXTH_ARGUMENT(ctx);
}

static __always_inline __u32 argument_count(__u64 cookie)
{
	__u32 count = (cookie >> SLUICE_TRAP_COOKIE_COUNT_SHIFT) & SLUICE_TRAP_COOKIE_COUNT_MASK;

	return count <= SLUICE_TRAP_MAX_ARGS ? count : SLUICE_TRAP_MAX_ARGS;
}

static __always_inline __u32 string_mask(__u64 cookie)
{
	return (cookie >> SLUICE_TRAP_COOKIE_STRINGS_SHIFT) & SLUICE_TRAP_COOKIE_STRINGS_MASK;
}

static __always_inline int trap_integers(struct pt_regs *ctx, const __u32 count)
{
	__u32 tid = sluice_target_tid(&sluice_config.target);
	struct sluice_trap_header *record;

	if (!tid)
		return lose(SLUICE_TRAP_WRONG_TARGET);
	record = bpf_ringbuf_reserve(&sluice_events, sizeof(*record) + count * sizeof(__u64), 0);
	if (!record)
		return lose(SLUICE_TRAP_BUFFER_FULL);
	fill_header(record, tid, bpf_get_attach_cookie(ctx));
	read_registers(ctx, (__u64 *)(record + 1), count);
	bpf_ringbuf_submit(record, sluice_config.target.submit_flags);
	return 0;
}

#define SLUICE_TRAP_INTEGERS(count)                           \
	SEC("uprobe")                                         \
	int handle_trap_integers_##count(struct pt_regs *ctx) \
	{                                                     \
		return trap_integers(ctx, count);             \
	}

SLUICE_TRAP_INTEGERS(0)
SLUICE_TRAP_INTEGERS(1)
SLUICE_TRAP_INTEGERS(2)
SLUICE_TRAP_INTEGERS(3)
SLUICE_TRAP_INTEGERS(4)
SLUICE_TRAP_INTEGERS(5)
SLUICE_TRAP_INTEGERS(6)

/* trap_string returns this for a string that fills the room. */
#define TRAP_STRING_TOO_LONG 1

static __always_inline int trap_string(struct pt_regs *ctx, __u32 tid, const __u32 capacity) /* [1] */
{
	const __u32 text_offset = offsetof(struct trap_string_record, text);
	__u64 cookie = bpf_get_attach_cookie(ctx);
	__u32 strings = string_mask(cookie);
	struct trap_string_record *record;
	__u64 at = SLUICE_TRAP_REGISTER_ARGS;
	int i;

	record = bpf_ringbuf_reserve(&sluice_events, text_offset + capacity, 0);
	if (!record)
		return lose(SLUICE_TRAP_BUFFER_FULL);
	fill_header(&record->header, tid, cookie);
	read_registers(ctx, record->args, SLUICE_TRAP_REGISTER_ARGS); /* words past the count have no meaning */
#pragma unroll
	for (i = 0; i < SLUICE_TRAP_REGISTER_ARGS; i++)
		if (strings & 1u << i)
			at = i;
	SLUICE_OPAQUE(at);
	if (at < SLUICE_TRAP_REGISTER_ARGS) {
		__u64 *word = &record->args[at];

		sluice_take_text(&sluice_stats.string_faults, record, word, text_offset, capacity);
		if (capacity < SLUICE_TRAP_TEXT_LENGTH && *word != SLUICE_TRAP_STRING_FAULT &&
		    (*word & ~SLUICE_TRAP_STRING_TRUNCATED) >> 32 == capacity - 1) {
			bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
			return TRAP_STRING_TOO_LONG;
		}
	}
	bpf_ringbuf_submit(record, sluice_config.target.submit_flags);
	return 0;
}

/* For exactly one string among at most six arguments. */
SEC("uprobe")
int handle_trap_string(struct pt_regs *ctx)
{
	__u32 tid = sluice_target_tid(&sluice_config.target);

	if (!tid)
		return lose(SLUICE_TRAP_WRONG_TARGET);
	if (trap_string(ctx, tid, SLUICE_TRAP_SHORT_TEXT_LENGTH) == TRAP_STRING_TOO_LONG)
		trap_string(ctx, tid, SLUICE_TRAP_TEXT_LENGTH);
	return 0;
}

static __always_inline bool read_arguments(struct pt_regs *ctx, __u64 *args, __u32 count)
{
	__u64 on_stack = count - SLUICE_TRAP_REGISTER_ARGS;
	const void *stack = (const void *)(PT_REGS_SP(ctx) + sizeof(__u64)); /* above the return address */

	__builtin_memset(args, 0, SLUICE_TRAP_MAX_ARGS * sizeof(*args));
	read_registers(ctx, args, count);
	if (count <= SLUICE_TRAP_REGISTER_ARGS)
		return true;
	SLUICE_OPAQUE(on_stack);
	if (on_stack > SLUICE_TRAP_MAX_ARGS - SLUICE_TRAP_REGISTER_ARGS)
		return false;
	return !bpf_probe_read_user(args + SLUICE_TRAP_REGISTER_ARGS, on_stack * sizeof(__u64), stack);
}

static __always_inline int trap_general(struct pt_regs *ctx, __u64 cookie, __u32 tid, const __u32 slots)
{
	const __u32 text_offset = offsetof(struct trap_general_record, text);
	struct trap_general_record *record;

	record = bpf_ringbuf_reserve(&sluice_events, text_offset + slots * SLUICE_TRAP_TEXT_LENGTH, 0);
	if (!record)
		return lose(SLUICE_TRAP_BUFFER_FULL);
	fill_header(&record->header, tid, cookie);
	if (!read_arguments(ctx, record->args, argument_count(cookie))) {
		bpf_ringbuf_discard(record, sluice_config.target.submit_flags);
		return lose(SLUICE_TRAP_COPY_FAULT);
	}
	sluice_take_texts(&sluice_stats.string_faults, record, string_mask(cookie), offsetof(struct trap_general_record, args),
			  text_offset, slots);
	bpf_ringbuf_submit(record, sluice_config.target.submit_flags);
	return 0;
}

/* For any count and any strings. One program per number of text slots keeps records nearly as small as possible. */
#define SLUICE_TRAP_GENERAL(slots)                                                     \
	SEC("uprobe")                                                                  \
	int handle_trap_general_##slots(struct pt_regs *ctx)                           \
	{                                                                              \
		__u32 tid = sluice_target_tid(&sluice_config.target);                  \
                                                                                       \
		if (!tid)                                                              \
			return lose(SLUICE_TRAP_WRONG_TARGET);                         \
		return trap_general(ctx, bpf_get_attach_cookie(ctx), tid, slots);      \
	}

SLUICE_TRAP_GENERAL(0)
SLUICE_TRAP_GENERAL(1)
SLUICE_TRAP_GENERAL(2)
SLUICE_TRAP_GENERAL(4)
SLUICE_TRAP_GENERAL(12)
