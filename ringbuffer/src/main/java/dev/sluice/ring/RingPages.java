// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * The pages behind a ring's chunks. A ring's length is address space; a chunk has pages only once its owner has asked
 * for them, and may lose them again while it is not open. The owner alone calls, at most once per chunk or when an
 * event does not fit into the pages that the open chunk has.
 * <p>
 * Nobody may store to a page that was not given here: a store to one that cannot be had would end the process.
 */
public interface RingPages {
    /** A ring whose chunks have all their pages for ever. */
    RingPages ALL = new RingPages() {
        @Override
        public int open(final int chunk) {
            return Integer.MAX_VALUE;
        }

        @Override
        public int extend(final int chunk, final int leastBytes) {
            return Integer.MAX_VALUE;
        }

        @Override
        public void close(final int chunk) {
            // They are not taken away.
        }
    };

    /**
     * Keeps the pages of a chunk from being taken away until {@link #close}.
     *
     * @return bytes from the chunk's begin that have pages: 0 for none, then there is nothing to close
     */
    int open(int chunk);

    /**
     * The same, with more pages if they can be had, also for a chunk that is open.
     *
     * @param leastBytes what the caller needs
     * @return bytes from the chunk's begin that have pages: perhaps less than asked for, and 0 for none
     */
    int extend(int chunk, int leastBytes);

    /** Nobody writes to the chunk any more; its pages may go once it is drained. */
    void close(int chunk);
}
