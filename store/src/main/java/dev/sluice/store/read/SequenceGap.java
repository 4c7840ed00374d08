// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

/**
 * Batches that are missing between two stored packets of a ring, or before its first one.
 *
 * @param target         index of the target
 * @param ring           slot index (of a trap stream: its number)
 * @param trapStream     whether it is a trap stream
 * @param firstSequence  first missing sequence number; of no batch if the next is smaller
 * @param lastSequence   last missing sequence number
 * @param events         events that were lost there, exactly
 * @param overwritten    events that were recycled unread there
 */
public record SequenceGap(int target, int ring, boolean trapStream, long firstSequence, long lastSequence,
    long events, long overwritten) {
}
