// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

/**
 * The word of a loaded tracepoint, whose high half has the enable bits. The control thread needs nothing else of a
 * tracepoint.
 *
 * @param name    "provider:tracepoint", which patterns of sessions select by
 * @param address of the word
 */
public record EnableWord(String name, long address) {
    /** Enable bit: events go to the ring. */
    public static final int RING_ON = 1;
}
