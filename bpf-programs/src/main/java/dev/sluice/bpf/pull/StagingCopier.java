// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

import dev.sluice.bpf.reduce.Reduction;

/**
 * Copies ranges as its kind does, and stages others: bytes of a batch that stay in the kernel, where values of their
 * fields are taken. For one thread at a time.
 */
public interface StagingCopier extends RangeCopier {
    /**
     * Says that a range is staged by the next run and by no later one. The run walks it as a batch, and {@link
     * Reduction#staged} says then what was found.
     *
     * @param index       0 to {@link #MAX_RANGES} - 1
     * @param from        address in the process
     * @param lengthBytes 0 to {@link #MAX_RANGE_LENGTH}
     * @param context     bytes between an event's header and its fields
     */
    void stage(int index, long from, int lengthBytes, int context);

    /** Takes the values of what was staged by the last run. Returns false if that is no batch: then none was taken. */
    boolean reduceStaged();

    /** Where values are taken. */
    Reduction reduction();
}
