// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

/**
 * What was found on the other side.
 *
 * @param events how many, or {@link #NOTHING} where a way stores nothing
 * @param means  how they were counted, in a few words
 * @param traps  how often the firing threads were trapped into the kernel for them, or {@link #NOTHING} where nobody
 *               has counted that, or it is no way of traps
 */
public record Stored(long events, String means, long traps) {
    /** Number where nothing is stored. */
    public static final long NOTHING = -1;

    /** Of a way without traps. */
    public Stored(final long events, final String means) {
        this(events, means, NOTHING);
    }

    /**
     * This, if no more has arrived than was reported. What a way checks by itself besides is its own business.
     *
     * @param fired how many were reported
     * @throws IllegalStateException if more arrived
     */
    public Stored requireAtMost(final long fired) {
        if (events > fired || events < NOTHING) {
            throw new IllegalStateException("what arrived is not what was reported: reported=" + fired + " arrived="
                + events + " (" + means + ")");
        }
        return this;
    }

    /** The same with traps that were counted. */
    public Stored withTraps(final long counted) {
        return new Stored(events, means, counted);
    }

    /** Of a way that stores nothing. */
    public static Stored nothing() {
        return new Stored(NOTHING, "");
    }
}
