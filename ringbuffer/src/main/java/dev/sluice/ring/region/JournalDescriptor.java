// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

/**
 * Layout of a journal entry, which says what the batch of a sequence number holds. The holder of the drain lock writes
 * the entry before the batch is drained. So the account of batches that were drained but never received is exact, and a
 * holder that was interrupted by an error repeats exactly the same batch with the same number.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |           sequence (u64), written last, release               |  0
 *  +---------------------------------------------------------------+
 *  |           begin position (u64)                                |  8
 *  +---------------------------------------------------------------+
 *  |           events before (u64)                                 | 16
 *  +-------------------------------+-------------------------------+
 *  |    padded length (u32)        |      event count (u32)        | 24
 *  +-------------------------------+-------------------------------+
 * </pre>
 */
public final class JournalDescriptor {
    public static final int SEQUENCE_OFFSET = 0;
    public static final int BEGIN_POSITION_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
    public static final int EVENTS_BEFORE_OFFSET = BEGIN_POSITION_OFFSET + Long.BYTES;
    public static final int PADDED_LENGTH_OFFSET = EVENTS_BEFORE_OFFSET + Long.BYTES;
    public static final int EVENT_COUNT_OFFSET = PADDED_LENGTH_OFFSET + Integer.BYTES;
    /** Bytes of an entry. */
    public static final int LENGTH = EVENT_COUNT_OFFSET + Integer.BYTES;

    private JournalDescriptor() {
    }
}
