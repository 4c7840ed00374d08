// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The binding to the system's libbpf: an object file, its programs, maps and links, and the BPF ring buffer; and
 * attaching to many places with one call. Start at {@link dev.sluice.bpf.libbpf.BpfObject} and
 * {@link dev.sluice.bpf.libbpf.BpfRingBuffer}; a call that the kernel refuses throws a
 * {@link dev.sluice.bpf.libbpf.BpfException}.
 */
package dev.sluice.bpf.libbpf;
