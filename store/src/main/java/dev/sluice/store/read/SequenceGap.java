// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.store.format.StreamKey;

/**
 * Batches that are missing between two stored packets of a ring, or before its first packet.
 *
 * @param target         index of the target
 * @param stream         the target's stream that misses them
 * @param firstSequence  first missing sequence number
 * @param lastSequence   last missing sequence number; if it is less than the first, events are missing but no batch is
 * @param events         exact number of events that were lost there
 * @param overwritten    number of events that were overwritten there before they were drained
 */
public record SequenceGap(int target, StreamKey stream, long firstSequence, long lastSequence, long events,
    long overwritten) {
}
