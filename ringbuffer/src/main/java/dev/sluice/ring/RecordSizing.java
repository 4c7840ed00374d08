// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Bytes that a batch takes in the BPF ring buffer, which both sides of the credits must agree on: the drainers that
 * claim and the consumer that gives back. Stateless.
 */
public final class RecordSizing {
    /** The longest content of one batch in bytes. */
    public static final int MAX_CONTENT_LENGTH = 64 * 1024;
    /** Bytes that the kernel adds to a record. */
    public static final int RECORD_OVERHEAD = 8;

    /** Records of kernels before 6.16 have one of these content lengths. */
    private static final int[] CLASS_LENGTHS = {256, 1024, 4096, 16384, 32768, MAX_CONTENT_LENGTH};

    private RecordSizing() {
    }

    /**
     * Bytes of a record, the kernel's own header included.
     *
     * @param contentLength in bytes, 0 to {@link #MAX_CONTENT_LENGTH}, a multiple of 8
     * @param sizeClasses   whether records take a size class instead of their exact size
     */
    public static int recordLength(final int contentLength, final boolean sizeClasses) {
        if (contentLength < 0 || contentLength > MAX_CONTENT_LENGTH || (contentLength & 7) != 0) {
            throw new IllegalArgumentException("contentLength=" + contentLength);
        }
        return RECORD_OVERHEAD + PacketHeaderDescriptor.LENGTH
            + (sizeClasses ? classLength(contentLength) : contentLength);
    }

    private static int classLength(final int contentLength) {
        int index = 0;
        while (CLASS_LENGTHS[index] < contentLength) {
            index++;
        }
        return CLASS_LENGTHS[index];
    }
}
