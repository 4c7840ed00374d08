// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

/** Receives the records of a {@link BpfRingBuffer} in place. */
@FunctionalInterface
public interface RecordHandler {

    /**
     * Takes one record, which is valid during the call only: its room goes back to the kernel on return, also if this
     * throws.
     *
     * @param address of the first byte, 8-aligned, read-only memory
     * @param length  in bytes
     */
    void onRecord(long address, int length);
}
