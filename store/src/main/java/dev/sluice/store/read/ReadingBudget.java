// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

/**
 * Bounds what a trace can make a reader keep besides its packets' places: a quarter of the memory that the JVM may
 * have. A trace is not trusted, and one of a few hundred megabytes could hold documents of which each is kept. What is
 * beyond the bound is left out and named as damage. For one thread.
 */
final class ReadingBudget {
    /** What any object and its entries in tables take at most, bytes. */
    private static final long LEAST = 512;
    private static final int SHARE = 4;

    private final long limit;
    private long left;

    /** A quarter of this JVM's memory. */
    ReadingBudget() {
        this(Runtime.getRuntime().maxMemory() / SHARE);
    }

    ReadingBudget(final long limitBytes) {
        limit = limitBytes;
        left = limitBytes;
    }

    /**
     * Takes what a document needs.
     *
     * @param bytes besides what any document needs
     * @throws IllegalArgumentException if that is no longer there
     */
    void take(final long bytes) {
        if (LEAST + bytes > left) {
            throw new IllegalArgumentException("more than fits into memory: the trace's documents other than packets"
                + " may take " + (limit >> 20) + " MiB; give Java more (-Xmx)");
        }
        left -= LEAST + bytes;
    }
}
