// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import java.util.Random;

/**
 * How much of each test is run, and from which seed: {@code -Dsluice.long=true} runs ten times as much,
 * {@code -Dsluice.seed=N} repeats the random choices of another run.
 */
final class Profile {
    private static final int LONG_FACTOR = 10;

    private Profile() {
    }

    static boolean isLong() {
        return Boolean.getBoolean("sluice.long");
    }

    /** A number of the ordinary run, or ten times as many. */
    static int times(final int ordinary) {
        return isLong() ? ordinary * LONG_FACTOR : ordinary;
    }

    /** A seed, printed. */
    static long seed(final String test) {
        final long seed = Long.getLong("sluice.seed", System.nanoTime() & 0xFFFF_FFFFL);
        System.out.println(test + ": seed " + seed + " (-Dsluice.seed=" + seed + " repeats it)");
        return seed;
    }

    /** The generator of one iteration, so that any of them can be repeated alone. */
    static Random random(final long seed, final int iteration) {
        return new Random(Contents.check(iteration, seed));
    }
}
