/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_COMPAT_H
#define SLUICE_COMPAT_H

/*
 * Everything that depends on the kernel's version, in one place.
 *
 *   BPF ring buffer 5.8 | attach cookie 5.15 | sleepable uprobes 6.0 | dynptr 5.19
 *   bpf_probe_read_user_dynptr, bpf_copy_from_user_dynptr (kfuncs) 6.16
 *
 * There is no vmlinux.h: pt_regs is ABI and comes from the uapi headers, and no kernel structure is read. The kfuncs
 * are weak, so an older kernel still loads the object if the programs that call them are not selected.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

extern int bpf_probe_read_user_dynptr(struct bpf_dynptr *to, __u64 offset, __u64 length, const void *from) __ksym __weak;
extern int bpf_copy_from_user_dynptr(struct bpf_dynptr *to, __u64 offset, __u64 length, const void *from) __ksym __weak;

/* Hides what the compiler knows of a value, so that the verifier sees the comparison that follows. */
#define SLUICE_OPAQUE(value) asm volatile("" : "+r"(value))

#endif
