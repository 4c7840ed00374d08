// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.control;

/**
 * Layout of what a consumer says of one slot, in the control file. All words are tagged with the consumer's epoch and
 * changed by compare-and-set.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |   received {epoch:16, sequence:48}: last batch stored         |  0
 *  +---------------------------------------------------------------+
 *  |   appending {epoch:16, position / 8:48}: end of the batch     |  8
 *  |   that a consumer without a drain lock takes, or 0            |
 *  +---------------------------------------------------------------+
 *  |   accounted {epoch:16, events:48}: the ring's count of        | 16
 *  |   discarded events up to which the consumer's trace has them  |
 *  +---------------------------------------------------------------+
 *  |   pulled {epoch:16, position / 8:48}: up to where a consumer  | 24
 *  |   in pull mode has taken the ring's events                    |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class ConsumerWordsDescriptor {
    public static final int RECEIVED_OFFSET = 0;
    public static final int APPENDING_OFFSET = RECEIVED_OFFSET + Long.BYTES;
    public static final int ACCOUNTED_OFFSET = APPENDING_OFFSET + Long.BYTES;
    public static final int PULLED_OFFSET = ACCOUNTED_OFFSET + Long.BYTES;
    /** Bytes of a slot's words. */
    public static final int LENGTH = PULLED_OFFSET + Long.BYTES;

    private ConsumerWordsDescriptor() {
    }
}
