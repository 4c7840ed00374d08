/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */

/*
 * pull: the consumer runs this program itself and has it copy ranges of another process's memory into an area that it
 * shares with the program. Nothing is attached to the process, and nothing happens in it.
 *
 *   handle_pull_here   the pid is one of the pid namespace of whoever runs the program (bpf_task_from_vpid)
 *   handle_pull        the pid is one of the initial pid namespace (bpf_task_from_pid)
 *
 * User space loads the first that the kernel accepts (docs/kernels.md says which kernels were tried).
 */
#include "sluice_compat.h"
#include "pull.h"

char LICENSE[] SEC("license") = "GPL";

struct sluice_pull_area sluice_pull_area = {};

#define SLUICE_PULL_AREA sluice_pull_area
#include "pull.bpf.h"

static __always_inline int pull(struct task_struct *task)
{
	int i;

	for (i = 0; i < SLUICE_PULL_REQUESTS; i++) {
		struct sluice_pull_request *request = &sluice_pull_area.requests[i];

		if (i >= (int)sluice_pull_area.count)
			break;
		request->error = sluice_pull_copy(task, request);
	}
	bpf_task_release(task);
	return 0;
}

SEC("syscall")
int handle_pull_here(void *ctx)
{
	struct task_struct *task = bpf_task_from_vpid(sluice_pull_area.pid);

	return task ? pull(task) : SLUICE_PULL_NO_PROCESS;
}

SEC("syscall")
int handle_pull(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(sluice_pull_area.pid);

	return task ? pull(task) : SLUICE_PULL_NO_PROCESS;
}
