// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Sums and histograms of fields that BPF programs make of batches in the kernel: what is asked for, the memory that
 * such a program shares with its consumer, and what was found. Start at {@link dev.sluice.bpf.reduce.Reduction}.
 */
package dev.sluice.bpf.reduce;
