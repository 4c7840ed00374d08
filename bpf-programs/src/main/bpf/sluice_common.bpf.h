/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_COMMON_BPF_H
#define SLUICE_COMMON_BPF_H

#include "sluice_compat.h"
#include "drain.h"

/* The initial pid namespace has a fixed inode (the kernel's PROC_PID_INIT_INO). */
#define SLUICE_INIT_PIDNS_INO 0xEFFFFFFCu

/*
 * The current thread's id in the target's pid namespace, or 0 when the current process is not the target. A uprobe is
 * inserted into an address space, and a forked child inherits the address space with its breakpoints, so the attach pid
 * alone does not tell the child from the target. The target is a constant when the verifier runs, so it keeps only one
 * of the two branches.
 */
static __always_inline __u32 sluice_target_tid(const volatile struct sluice_target *target)
{
	struct bpf_pidns_info info = {};

	if (target->pidns_ino == SLUICE_INIT_PIDNS_INO) {
		__u64 tgid_and_tid = bpf_get_current_pid_tgid();

		return tgid_and_tid >> 32 == target->pid ? (__u32)tgid_and_tid : 0;
	}
	if (bpf_get_ns_current_pid_tgid(target->pidns_dev, target->pidns_ino, &info, sizeof(info)))
		return 0;
	return info.tgid == target->pid ? info.pid : 0;
}

#endif
