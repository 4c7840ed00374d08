// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The BPF program that a consumer runs itself to copy another process's memory, without anything happening in that
 * process. Start at {@link dev.sluice.bpf.pull.PullProgram};
 * {@link dev.sluice.bpf.pull.PullReduceProgram} leaves the content of batches in the kernel.
 */
package dev.sluice.bpf.pull;
