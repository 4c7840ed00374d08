// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.clock.TickerState;

/**
 * What the ticker of a target's sampled clock has proven up to a moment of its recording.
 *
 * @param state            the target's words; of the late intervals those alone that no document before has, as far as
 *                         they are known: the numbers of those that are here end with the count less one
 * @param untilMonotonicNs CLOCK_MONOTONIC of the target when the document was written: all events of packets before it
 *                         are from before; 0 if nobody knows
 */
public record TickerInfo(TickerState state, long untilMonotonicNs) {
}
