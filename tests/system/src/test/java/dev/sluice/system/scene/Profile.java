// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import java.util.Random;

/**
 * How much of each test is run, and with which seed: {@code -Dsluice.long=true} runs ten times as much, and
 * {@code -Dsluice.seed=N} repeats the random choices of an earlier run.
 */
public final class Profile {
    private static final int LONG_FACTOR = 10;

    private Profile() {
    }

    public static boolean isLong() {
        return Boolean.getBoolean("sluice.long");
    }

    /** A number for the ordinary run; ten times as much for the long run. */
    public static int times(final int ordinary) {
        return isLong() ? ordinary * LONG_FACTOR : ordinary;
    }

    /** The seed of a test, which is printed. */
    public static long seed(final String test) {
        final long seed = Long.getLong("sluice.seed", System.nanoTime() & 0xFFFF_FFFFL);
        System.out.println(test + ": seed " + seed + " (-Dsluice.seed=" + seed + " repeats it)");
        return seed;
    }

    /** The random generator of one iteration, so that any iteration can be repeated alone. */
    public static Random random(final long seed, final int iteration) {
        return new Random(Contents.check(iteration, seed));
    }
}
