// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Source of the ticks in events. Fixed when a region is made. Any thread may call; ticks of one thread do not decrease
 * as far as the hardware promises, and the ring clamps what is left (R11).
 */
public interface Clock {
    /** System.nanoTime: nanoseconds, CLOCK_MONOTONIC. */
    int KIND_NANO = 1;
    /** The time stamp counter. */
    int KIND_TSC = 2;
    /** A word that a ticker thread updates. */
    int KIND_COARSE = 3;

    /** The time now, in this clock's unit. */
    long ticks();

    /** One of the KIND constants. */
    int kind();

    /** Nominal ticks per second; clock triples say what it really was. */
    long frequency();
}
