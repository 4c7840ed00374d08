/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_COMMON_BPF_H
#define SLUICE_COMMON_BPF_H

#include "sluice_compat.h"
#include "drain.h"

/*
 * The current thread's id in the target's pid namespace, or 0 when the current process is not the target. A uprobe is
 * inserted into an address space, which a forked child inherits with its breakpoints; the attach pid alone does not tell
 * the child apart.
 */
static __always_inline __u32 sluice_target_tid(const volatile struct sluice_target *target)
{
	struct bpf_pidns_info info = {};

	if (bpf_get_ns_current_pid_tgid(target->pidns_dev, target->pidns_ino, &info, sizeof(info)))
		return 0;
	return info.tgid == target->pid ? info.pid : 0;
}

#endif
