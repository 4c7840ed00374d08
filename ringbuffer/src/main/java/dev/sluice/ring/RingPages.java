// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * The pages behind a ring's chunks. A ring's length is address space; a chunk has pages only once its owner has asked
 * for them, and the chunk may lose them again while it is not open. Only the owner calls these methods: at most once
 * per chunk, and when an event does not fit into the pages that the open chunk has.
 * <p>
 * Nobody may store to a page that these methods have not given: a store to a page that the kernel cannot supply would
 * end the process.
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
     * @return bytes from the chunk's begin that have pages; 0 for none: then the chunk is not to be closed
     */
    int open(int chunk);

    /**
     * Keeps the pages like {@link #open}, and gets more pages if there are any. The chunk may be open already.
     *
     * @param leastBytes what the caller needs
     * @return bytes from the chunk's begin that have pages: perhaps less than asked for, and 0 for none
     */
    int extend(int chunk, int leastBytes);

    /** Says that nobody writes to the chunk any more: its pages may be taken away once the chunk is drained. */
    void close(int chunk);
}
