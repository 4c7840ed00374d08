// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import dev.sluice.bpf.libbpf.BpfRingBuffer;

/**
 * The configuration with which a {@link TrapProgram} is loaded.
 *
 * @param targetPid       the traced process as seen from here; traps of any other process are refused
 * @param ringBufferBytes size of the BPF ring buffer, a power of two of at least a page
 * @param wakesReader        whether each record may wake a thread in {@link BpfRingBuffer#await}: costs every trap
 */
public record TrapConfig(int targetPid, int ringBufferBytes, boolean wakesReader) {

    /** Checks the ranges. */
    public TrapConfig {
        if (targetPid <= 0) {
            throw new IllegalArgumentException("targetPid=" + targetPid);
        }
        BpfRingBuffer.checkSize(ringBufferBytes);
    }

    /** A configuration without notifications: the consumer polls. */
    public TrapConfig(final int targetPid, final int ringBufferBytes) {
        this(targetPid, ringBufferBytes, false);
    }
}
