// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.read.EventView;

/** A callback for pairs, in the order of their ends. */
@FunctionalInterface
public interface PairHandler {
    /** Takes one pair. The end event is valid only during the call. */
    void onPair(PairFigures pairs, OpenBegin begin, EventView end, long latencyNs);
}
