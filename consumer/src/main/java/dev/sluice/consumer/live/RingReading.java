// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

/**
 * What one ring was found to be. Counts are of all owners that the ring has had, and only grow.
 *
 * @param ring           index of the ring
 * @param tid            kernel thread id of its owner, as the target sees it
 * @param name           name of the owner
 * @param isOwned        whether its owner lives
 * @param written        events that were stored in the ring
 * @param discarded      events that were refused, since the ring was full or the event longer than a chunk
 * @param stalled        of the discarded, those that were refused while the consumer was late
 * @param overwritten    of the written, those that were overwritten before they were drained
 * @param blockedNs      time for which owners have waited for room, ns
 * @param traps          hits of the drain probe
 * @param undrainedBytes bytes that are not drained
 * @param lengthBytes    the most bytes that the ring can have
 * @param peakBytes      the most bytes that were found not drained since the last reading
 */
public record RingReading(int ring, int tid, String name, boolean isOwned, long written, long discarded, long stalled,
    long overwritten, long blockedNs, long traps, long undrainedBytes, long lengthBytes, long peakBytes) {
    /** How full the ring is, 0 to 1. */
    public double fill() {
        return lengthBytes == 0 ? 0 : (double) undrainedBytes / lengthBytes;
    }

    /** How full the ring was at most since the last reading, 0 to 1. */
    public double peak() {
        return lengthBytes == 0 ? 0 : (double) peakBytes / lengthBytes;
    }
}
