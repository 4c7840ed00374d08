// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

/**
 * Events that were fired at one place of one ring and are stored nowhere.
 *
 * @param target      whose
 * @param ring        slot index (of a trap stream: its number)
 * @param trapStream  whether it is a trap stream
 * @param lost        events of batches that were lost here, exactly
 * @param overwritten events that were recycled unread here, exactly
 * @param discarded   events that a full ring refused, which were noticed here: they came later than the events before
 *                    this place, and may have come after those that follow, by as much as the ring holds
 */
public record MissingEvents(TargetTrace target, int ring, boolean trapStream, long lost, long overwritten,
    long discarded) {
    /** All of them. */
    public long total() {
        return lost + overwritten + discarded;
    }
}
