// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

/**
 * The bytes of a region, as a consumer may read them: mapped where nobody can shrink the file, else copied out. Ranges
 * are bounded by the file; whoever asks for one outside of it gets an {@link AttachException}. Any thread may call,
 * {@link #close()} coming last.
 */
interface RegionBytes extends AutoCloseable {
    /** Bytes of the file, as it was opened. */
    long length();

    /** A word as it is now, with acquire ordering. */
    long word(long offset);

    /**
     * Where a range can be read: the mapping itself, whose words go on changing, or a copy taken by this call. A copy
     * of the same range taken later is in the same place.
     */
    long view(long offset, int rangeLength);

    /** Copies a range as it is now. */
    void copy(long offset, long to, int rangeLength);

    /** Whether this is the mapping itself, on which compare-and-set works. */
    boolean isMapped();

    /** Whether the file has been found shorter than it was. What is missing reads as zero. */
    boolean isTruncated();

    @Override
    void close();
}
