// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

/**
 * Limits what a reader keeps of a trace, apart from the places of packets, to a quarter of the memory that the JVM may
 * use. This is necessary because a trace is not trusted: a trace of a few hundred megabytes could have only documents
 * that must be kept. Documents beyond the limit are left out and named as damage. For one thread.
 */
final class ReadingBudget {
    /** The most bytes that any object takes, with its entries in tables. */
    private static final long LEAST = 512;
    private static final int SHARE = 4;

    private final long limit;
    private long left;

    /** Takes a quarter of this JVM's memory as the limit. */
    ReadingBudget() {
        this(Runtime.getRuntime().maxMemory() / SHARE);
    }

    ReadingBudget(final long limitBytes) {
        limit = limitBytes;
        left = limitBytes;
    }

    /**
     * Takes the memory that a document needs from the budget.
     *
     * @param bytes memory in addition to what every document needs
     * @throws IllegalArgumentException if the budget does not have it
     */
    void take(final long bytes) {
        if (LEAST + bytes > left) {
            throw new IllegalArgumentException("more than fits into memory: the trace's documents other than packets"
                + " may take " + (limit >> 20) + " MiB; give Java more (-Xmx)");
        }
        left -= LEAST + bytes;
    }
}
