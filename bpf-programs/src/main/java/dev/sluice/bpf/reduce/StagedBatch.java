// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import dev.sluice.ring.memory.Memory;

/**
 * A batch whose content a program has staged in the kernel: what the consumer says of it, and what the program has
 * found there. For the thread that runs the program.
 */
public final class StagedBatch {
    private final long address;

    StagedBatch(final long address) {
        this.address = address;
    }

    /**
     * Says what the next run stages.
     *
     * @param length  padded; 0 for nothing
     * @param context bytes between an event's header and its fields
     */
    public void expect(final int length, final int context) {
        Memory.putInt(address + ReduceLayout.STAGED_LENGTH_OFFSET, length);
        Memory.putInt(address + ReduceLayout.STAGED_CONTEXT_OFFSET, context);
    }

    /** Whether it has whole events that the program knows, and nothing else. */
    public boolean isWhole() {
        return Memory.getInt(address + ReduceLayout.STAGED_ERROR_OFFSET) == 0;
    }

    /** Number of its events. */
    public int events() {
        return Memory.getInt(address + ReduceLayout.STAGED_EVENTS_OFFSET);
    }

    /** Bytes up to the last byte of the last event. */
    public int exactLength() {
        return Memory.getInt(address + ReduceLayout.STAGED_EXACT_OFFSET);
    }

    /** The header of the last event. */
    public long lastWord() {
        return Memory.getLong(address + ReduceLayout.STAGED_LAST_WORD_OFFSET);
    }
}
