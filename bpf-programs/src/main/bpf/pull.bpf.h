/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_PULL_BPF_H
#define SLUICE_PULL_BPF_H
/*
 * Copies ranges of another process's memory. Whoever includes this defines SLUICE_PULL_AREA, where the consumer's
 * struct sluice_pull_area is, and copies ranges one after the other, so that what a later one shows is not older than what an
 * earlier one has shown.
 *
 * Notes
 * [1] The copy sleeps: a page that is not resident is brought in. Where there is no page to be had, because the range
 *     is not mapped or its file was truncated, it fails, and no signal is sent to anybody.
 */
#include "sluice_compat.h"
#include "pull.h"

struct task_struct {
};

extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym __weak;
extern struct task_struct *bpf_task_from_vpid(__s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

#define EINVAL 22

static __always_inline long sluice_pull_copy(struct task_struct *task, const struct sluice_pull_request *request)
{
	__u64 offset = request->offset;
	__u64 length = request->length;

	SLUICE_OPAQUE(offset);
	SLUICE_OPAQUE(length);
	if (offset >= SLUICE_PULL_MAX_OFFSET || length > SLUICE_PULL_MAX_LENGTH)
		return -EINVAL;
	return bpf_copy_from_user_task(SLUICE_PULL_AREA.data + offset, length, (const void *)request->address, task,
				       0); /* [1] */
}

#endif
