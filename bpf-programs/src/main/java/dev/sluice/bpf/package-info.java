// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What the kernel of this machine offers for tracing by BPF, found by trying. Start at
 * {@link dev.sluice.bpf.KernelFeatures}. The packages below load and attach the programs, which are written in C in
 * the folder {@code src/main/bpf}.
 */
package dev.sluice.bpf;
