// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.store.format.StreamKey;

/**
 * Events that were fired at one place of one ring and are not stored.
 *
 * @param target      the target that fired them
 * @param stream      the target's stream that they belong to
 * @param lost        exact number of events in batches that were lost here
 * @param overwritten exact number of events that were overwritten here before they were drained
 * @param discarded   number of events that a full ring refused, as noticed here. They were fired after the events
 *                    before this place, but maybe after events that follow it: by up to as many events as the ring
 *                    holds
 */
public record MissingEvents(TargetTrace target, StreamKey stream, long lost, long overwritten, long discarded) {
    /** Number of all missing events. */
    public long total() {
        return lost + overwritten + discarded;
    }
}
