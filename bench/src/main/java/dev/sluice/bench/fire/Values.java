// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.util.Arrays;

/**
 * The values of the events: the second is the event's number, the first is one of {@value #COUNT} random ones, so that
 * nothing can be left out as constant and each event on the other side can be checked by itself. {@code loop.h} makes
 * the same values in C.
 */
public final class Values {
    /** How many first values there are. */
    public static final int COUNT = 1024;

    private static final long[] FIRST = new long[COUNT];
    private static final long[] SORTED;

    static {
        for (int i = 0; i < COUNT; i++) {
            FIRST[i] = mix(i);
        }
        SORTED = FIRST.clone();
        Arrays.sort(SORTED);
    }

    private Values() {
    }

    /** The first value of the event with this number. */
    public static long first(final long number) {
        return FIRST[(int) number & COUNT - 1];
    }

    /** Whether it is the first value of any event. */
    public static boolean isFirst(final long value) {
        return Arrays.binarySearch(SORTED, value) >= 0;
    }

    /** The output function of SplitMix64. */
    private static long mix(final long i) {
        long z = (i + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
