// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.opentest4j.TestAbortedException;

/**
 * The seed of a random test: a new one for each run, or the one of {@code -Dsluice.seed=N}, which repeats an earlier
 * run. It is printed, and if the test fails its message begins with it ({@link SeedExtension}): a failure that comes
 * once in a hundred runs is worth little without. Any thread.
 */
public final class Seed {
    private static final String PROPERTY = "sluice.seed";
    /** Short enough to be typed. */
    private static final long MASK = 0xFFFF_FFFFL;
    /** Those of the class that is tested, and behind them those of its test; guarded by the list. */
    private static final List<Long> USED = new ArrayList<>();
    private static int ofClass;

    private Seed() {
    }

    /**
     * Draws a seed and prints it.
     *
     * @param test what the line calls the test
     */
    public static long draw(final String test) {
        final long seed = Long.getLong(PROPERTY, System.nanoTime() & MASK);
        use(test, seed);
        return seed;
    }

    /** Prints a seed that comes from elsewhere, unless the test has it already. */
    public static void use(final String test, final long seed) {
        synchronized (USED) {
            if (!USED.contains(seed)) {
                USED.add(seed);
                System.out.println(test + ": seed " + seed + " (-D" + PROPERTY + "=" + seed + " repeats it)");
            }
        }
    }

    static void beginClass() {
        synchronized (USED) {
            USED.clear();
            ofClass = -1;
        }
    }

    /** What was drawn before the first test of a class is made is for all its tests. */
    static void beginTest() {
        synchronized (USED) {
            if (ofClass < 0) {
                ofClass = USED.size();
            }
            USED.subList(ofClass, USED.size()).clear();
        }
    }

    /** A failure whose message begins with the seeds of the test; itself if there are none, or JUnit has to see it. */
    static Throwable named(final Throwable failure) {
        final String seeds;
        synchronized (USED) {
            seeds = USED.stream().map(seed -> Long.toString(seed)).collect(Collectors.joining(", "));
        }
        if (seeds.isEmpty() || failure instanceof TestAbortedException || failure instanceof OutOfMemoryError) {
            return failure;
        }
        final AssertionError named = new AssertionError("seed " + seeds + ": "
            + (failure instanceof AssertionError ? failure.getMessage() : failure.toString()), failure);
        // What shows a failure's place looks at its first frames.
        named.setStackTrace(failure.getStackTrace());
        return named;
    }
}
