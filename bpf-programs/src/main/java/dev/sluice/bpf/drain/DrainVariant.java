// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import dev.sluice.ring.drain.RecordSizing;

/**
 * The ways to copy a batch, best first. {@link DrainProgram#load} takes the first variant that the kernel accepts.
 *
 * <p>All of them first try the copy that cannot sleep. The sleepable variants then bring in a page that is not resident
 * (swapped, migrated, collapsed into a huge page, unmapped by NUMA balancing); the others count the batch as lost.
 */
public enum DrainVariant {
    /** Exact record length, pages brought in. Linux 6.16. */
    EXACT_SLEEPABLE("handle_drain_exact_sleepable", null, true, true),
    /** Exact record length. Linux 6.16. */
    EXACT("handle_drain_exact", null, true, false),
    /** Fixed classes of record length, pages brought in. Linux 6.0. */
    CLASSES_SLEEPABLE("handle_drain_classes_sleepable", "handle_drain_reduce_sleepable", false, true),
    /** Fixed classes of record length. Linux 5.15; 5.10 refuses it, and the versions in between were not tried. */
    CLASSES("handle_drain_classes", "handle_drain_reduce", false, false);

    /** The longest content of one batch in bytes. */
    public static final int MAX_CONTENT_LENGTH = RecordSizing.MAX_CONTENT_LENGTH;

    private final String programName;
    private final String reducingName;
    private final boolean exact;
    private final boolean sleepable;

    DrainVariant(final String programName, final String reducingName, final boolean exact, final boolean sleepable) {
        this.programName = programName;
        this.reducingName = reducingName;
        this.exact = exact;
        this.sleepable = sleepable;
    }

    String programName() {
        return programName;
    }

    /** The program that copies in this way and takes values of batches (Linux 5.17); null if there is none. */
    String reducingName() {
        return reducingName;
    }

    /**
     * True when a record has the length of its packet. If false, the packet size in the header says where the packet
     * ends.
     */
    public boolean isExact() {
        return exact;
    }

    /** True when a page that is not resident does not lose the batch. */
    public boolean isSleepable() {
        return sleepable;
    }

    /**
     * Bytes that a batch takes in the BPF ring buffer: what a credit for it must cover.
     *
     * @param contentLength in bytes, 0 to {@link #MAX_CONTENT_LENGTH}, a multiple of 8
     * @return record with packet header and the kernel's own header
     */
    public int recordLength(final int contentLength) {
        return RecordSizing.recordLength(contentLength, !exact);
    }
}
