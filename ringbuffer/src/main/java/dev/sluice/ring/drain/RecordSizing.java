// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

import dev.sluice.ring.packet.PacketHeaderDescriptor;

/**
 * Bytes that a batch takes in the BPF ring buffer. The drainers, which claim credits, and the consumer, which gives
 * them back, must compute the same number. Stateless.
 */
public final class RecordSizing {
    /** The longest content of a batch, in bytes. */
    public static final int MAX_CONTENT_LENGTH = 64 * 1024;
    /** Bytes that the kernel adds to each record. */
    public static final int RECORD_OVERHEAD = 8;

    /** On kernels before 6.16, a record has room for one of these content lengths. */
    private static final int[] CLASS_LENGTHS = {256, 1024, 4096, 16384, 32768, MAX_CONTENT_LENGTH};

    private RecordSizing() {
    }

    /**
     * Bytes of a record, including the kernel's own header.
     *
     * @param contentLength in bytes, 0 to {@link #MAX_CONTENT_LENGTH}, a multiple of 8
     * @param sizeClasses   whether records have the length of a size class instead of their exact length
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
