// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.target.filter.FilterPoint;

/**
 * The word of a loaded tracepoint, whose high half has the enable bits. The control thread needs nothing else of a
 * tracepoint than this and where to filter its events.
 *
 * @param name    "provider:tracepoint", which patterns of sessions select by
 * @param id      event id
 * @param address of the word
 * @param point   where its events are filtered
 */
public record EnableWord(String name, int id, long address, FilterPoint point) {
    /** Enable bit: events go to the ring. */
    public static final int RING_ON = 1;
    /** Enable bit, beside {@link #RING_ON}: only those that a filter wants do. */
    public static final int FILTERED = 2;
    /** Enable bit, beside {@link #RING_ON}: they are held back until it is known how long their pair lasts. */
    public static final int HELD = 4;
}
