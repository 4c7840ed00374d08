// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.clock;

/**
 * Source of the ticks in events. Fixed when a region is made. Any thread may call; ticks of one thread do not decrease
 * as far as the hardware promises, and the ring clamps what is left (R11).
 */
public interface Clock {
    /** System.nanoTime: nanoseconds, CLOCK_MONOTONIC. */
    int KIND_NANO = 1;
    /** The processor's own counter: the time stamp counter of x86-64, the generic timer of aarch64. */
    int KIND_TSC = 2;
    /** A word that a ticker thread updates. */
    int KIND_COARSE = 3;
    /** Readings of another clock, which some events take and those that follow carry. */
    int KIND_SAMPLED = 4;

    /** The name of a kind in settings and reports; kinds of later versions are named by their number. */
    static String name(final int kind) {
        return switch (kind) {
            case KIND_NANO -> "nano";
            case KIND_TSC -> "tsc";
            case KIND_COARSE -> "coarse";
            case KIND_SAMPLED -> "sampled";
            default -> Integer.toString(kind);
        };
    }

    /** The time now, in this clock's unit. */
    long ticks();

    /** One of the KIND constants. */
    int kind();

    /** The clock whose readings the ticks are: itself, unless it is made of another one. */
    default Clock source() {
        return this;
    }

    /** Nominal ticks per second; clock triples say what it really was. */
    long frequency();
}
