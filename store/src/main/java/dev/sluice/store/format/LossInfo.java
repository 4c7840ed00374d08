// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

/**
 * Events that are stored nowhere, by cause.
 *
 * @param ring          slot index; or {@link #NO_RING} for events that no ring has counted as written, such as records
 *                      of one trap each that the kernel had no room for
 * @param cause         why
 * @param events        number of events lost
 * @param batches       number of batches lost
 * @param firstSequence first sequence number of an unconfirmed gap, or 0; of {@link LossCause#BETWEEN_SESSIONS} the
 *                      ring's count of discarded events that an earlier trace has at least
 * @param lastSequence  last sequence number of that gap, or 0; of {@link LossCause#BETWEEN_SESSIONS} the ring's count
 *                      when this session began
 */
public record LossInfo(int ring, LossCause cause, long events, long batches, long firstSequence, long lastSequence) {
    /** Ring of a loss that no ring's account includes. */
    public static final int NO_RING = -1;

    /** A loss that names no sequence numbers. */
    public LossInfo(final int ring, final LossCause cause, final long events, final long batches) {
        this(ring, cause, events, batches, 0, 0);
    }
}
