/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * pull_reduce: as pull does, the consumer runs this program itself and has it copy ranges of another process's memory.
 * But the content of a batch is staged in memory that the consumer does not look at, and values of its fields are taken
 * there. Nothing of it is copied out.
 *
 *   handle_pull_reduce_here   copies ranges, and walks what was staged; the pid is one of the consumer's pid namespace
 *   handle_pull_reduce        the same; the pid is one of the initial pid namespace
 *   handle_reduce_staged      takes the values of what was staged, once the consumer knows that it is a batch
 */
#include "sluice_compat.h"
#include "pull.h"
#include "reduce.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	struct sluice_pull_area pull;
	struct sluice_reduce_area reduce;
	__u8 stage[SLUICE_PULL_MAX_LENGTH];
} sluice_pull_reduce_area = {};

/* One consumer runs one program at a time. */
#define SLUICE_REDUCE_SHARED 0
#define SLUICE_REDUCE_AREA sluice_pull_reduce_area.reduce
#define SLUICE_PULL_AREA sluice_pull_reduce_area.pull
#include "pull.bpf.h"
#include "reduce.bpf.h"

static __always_inline long stage(struct task_struct *task, const struct sluice_pull_request *request)
{
	__u64 length = request->length;

	SLUICE_OPAQUE(length);
	if (length > SLUICE_PULL_MAX_LENGTH)
		return -EINVAL;
	return bpf_copy_from_user_task(sluice_pull_reduce_area.stage, length, (const void *)request->address, task, 0);
}

static __noinline int walk_staged(bool measures)
{
	struct sluice_reduce_staged *staged = &SLUICE_REDUCE_AREA.staged;
	struct sluice_walk walk = {
		.content = (const char *)sluice_pull_reduce_area.stage,
		.limit = SLUICE_PULL_MAX_LENGTH - sizeof(__u64),
		.length = staged->length,
		.context = staged->context,
	};

	if (walk.length > SLUICE_PULL_MAX_LENGTH)
		return -EINVAL;
	staged->error = sluice_walk_all(&walk, measures) ? 0 : -EINVAL;
	staged->events = walk.events;
	staged->exact = walk.offset;
	staged->last = walk.last;
	staged->last_word = sluice_load(&walk, walk.last);
	return staged->error;
}

static __always_inline int pull(struct task_struct *task)
{
	int i;

	for (i = 0; i < SLUICE_PULL_REQUESTS; i++) {
		struct sluice_pull_request *request = &SLUICE_PULL_AREA.requests[i];

		if (i >= (int)SLUICE_PULL_AREA.count)
			break;
		request->error =
			request->offset == SLUICE_PULL_STAGE ? stage(task, request) : sluice_pull_copy(task, request);
	}
	bpf_task_release(task);
	if (SLUICE_REDUCE_AREA.staged.length)
		walk_staged(false);
	return 0;
}

SEC("syscall")
int handle_pull_reduce_here(void *ctx)
{
	struct task_struct *task = bpf_task_from_vpid(SLUICE_PULL_AREA.pid);

	return task ? pull(task) : SLUICE_PULL_NO_PROCESS;
}

SEC("syscall")
int handle_pull_reduce(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(SLUICE_PULL_AREA.pid);

	return task ? pull(task) : SLUICE_PULL_NO_PROCESS;
}

SEC("syscall")
int handle_reduce_staged(void *ctx)
{
	return walk_staged(true);
}
