// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

/**
 * What was found on the other side.
 *
 * @param events how many, or {@link #NOTHING} where a way stores nothing
 * @param means  how they were counted, in a few words
 */
public record Stored(long events, String means) {
    /** Number of events where nothing is stored. */
    public static final long NOTHING = -1;

    /** Of a way that stores nothing. */
    public static Stored nothing() {
        return new Stored(NOTHING, "");
    }
}
