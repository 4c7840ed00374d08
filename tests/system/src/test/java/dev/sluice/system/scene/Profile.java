// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import dev.sluice.testsupport.Seed;
import dev.sluice.testsupport.Share;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How much of each test is run, and with which seed: {@code -Dsluice.long=true} runs ten times as much,
 * {@code -Dsluice.share=K/N} the part K, from 0 on, of what runs on N JDKs together, and {@code -Dsluice.seed=N}
 * repeats the random choices of an earlier run.
 */
public final class Profile {
    private static final int LONG_FACTOR = 10;

    private Profile() {
    }

    public static boolean isLong() {
        return Boolean.getBoolean("sluice.long");
    }

    /** A number for the ordinary run, on all JDKs together; ten times as much for the long run, on each of them. */
    public static int times(final int ordinary) {
        return isLong() ? ordinary * LONG_FACTOR
            : (ordinary + Share.OF_THIS_RUN.parts() - 1) / Share.OF_THIS_RUN.parts();
    }

    /** Whether this run takes a case of which each is run on one JDK; the long run takes all. */
    public static boolean takes(final int number) {
        return isLong() || Share.OF_THIS_RUN.takes(number);
    }

    /** The cases that this run takes, of those of which each is run on one JDK. */
    public static <T> List<T> share(final List<T> cases) {
        return IntStream.range(0, cases.size()).filter(Profile::takes).mapToObj(cases::get).toList();
    }

    /** The seed of a test, which is printed. */
    public static long seed(final String test) {
        return Seed.draw(test);
    }

    /** The random generator of one iteration, so that any iteration can be repeated alone. */
    public static Random random(final long seed, final int iteration) {
        return new Random(Contents.check(iteration, seed));
    }
}
