// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

/**
 * The bytes of a region, as a consumer may read them: mapped if nobody can shrink the file, else copied. A range
 * outside of the file causes an {@link AttachException}. Any thread may call the methods; {@link #close()} comes after
 * the last of these calls.
 */
interface RegionBytes extends AutoCloseable {
    /** Length of the file in bytes when it was opened. */
    long length();

    /** Bytes of memory or disk that the file takes, without its holes; 0 if this is unknown. */
    long allocatedBytes();

    /** Loads a word as it is now, with acquire. */
    long word(long offset);

    /**
     * The address at which a range can be read. That is the mapping itself, whose words may change at any time, or a
     * copy that this call makes. A later copy of the same range has the same address.
     */
    long view(long offset, int rangeLength);

    /** Copies a range as it is now. */
    void copy(long offset, long to, int rangeLength);

    /** Whether {@link #view} returns the mapping itself, on which compare-and-set works. */
    boolean isMapped();

    /** Whether the file was found to be shorter than before. The missing bytes read as zero. */
    boolean isTruncated();

    @Override
    void close();
}
