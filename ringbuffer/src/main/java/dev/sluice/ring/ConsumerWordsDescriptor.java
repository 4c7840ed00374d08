// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Layout of what a consumer says of one slot, in the control file. Both words are tagged with its epoch and changed by
 * compare-and-set.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |   received {epoch:16, sequence:48}: last batch stored         |  0
 *  +---------------------------------------------------------------+
 *  |   appending {epoch:16, position / 8:48}: end of the batch     |  8
 *  |   that a consumer in shared mode is about to append, or 0     |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class ConsumerWordsDescriptor {
    public static final int RECEIVED_OFFSET = 0;
    public static final int APPENDING_OFFSET = RECEIVED_OFFSET + Long.BYTES;
    /** Bytes of a slot's words. */
    public static final int LENGTH = APPENDING_OFFSET + Long.BYTES;

    private ConsumerWordsDescriptor() {
    }
}
