// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

/**
 * Copies ranges of a process's memory to memory that the process has no part in. First the ranges of a run are set,
 * then the run copies them, one after the other. For one thread at a time; {@link #close()} after the last use by any.
 */
public interface RangeCopier extends AutoCloseable {
    /** Ranges that one run copies at most. */
    int MAX_RANGES = PullLayout.REQUESTS;
    /** Longest range, bytes. */
    int MAX_RANGE_LENGTH = PullLayout.MAX_LENGTH;
    /** Offsets that a range may be copied to are below this; each range has room behind its own. */
    int MAX_OFFSET = PullLayout.MAX_OFFSET;

    /**
     * Says what the next run is to copy.
     *
     * @param index       0 to {@link #MAX_RANGES} - 1; ranges are copied in this order
     * @param from        address in the process
     * @param lengthBytes 0 to {@link #MAX_RANGE_LENGTH}
     * @param offset      where to, in bytes from {@link #data}: 0 to {@link #MAX_OFFSET} - 1
     */
    void range(int index, long from, int lengthBytes, int offset);

    /**
     * Copies the first ranges, in the calling thread.
     *
     * @param count of ranges
     * @return false if there is no such process any more: then nothing was copied
     */
    boolean run(int count);

    /** Whether a range of the last run was copied; else its bytes are zeros. */
    boolean isCopied(int index);

    /** Where the copies are. */
    long data();

    @Override
    void close();
}
