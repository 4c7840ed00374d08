// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Counts the steps of one thread and interferes after a chosen one: it lets every later step fail, as a death does;
 * lets one or two fail, as a stack overflow does; or lets another actor run to the end, as a preemption does. A step is
 * a store to shared memory, a trap, and if asked a load.
 * <p>
 * Shared between the tests and the classes that {@link InstrumentedLoader} rewrites, hence public. For one test at a
 * time; threads other than the one that armed it are not counted.
 */
public final class StoreMeter {
    private static Thread metered;
    private static boolean countsLoads;
    private static long steps;
    private static long limit;
    private static int failures;
    private static Runnable preemption;
    private static boolean hasInterfered;

    private StoreMeter() {
    }

    /** Thrown instead of a step. */
    public static final class Stopped extends Error {
        private static final long serialVersionUID = 1;

        Stopped(final long step) {
            super("stopped after step " + step, null, false, false);
        }
    }

    /** Lets steps fail after the first ones: as many as given, then all succeed again. */
    static void failAfter(final long stepLimit, final int failureCount) {
        arm(stepLimit, false);
        failures = failureCount;
    }

    /** Calls {@link #preemptBy}'s actor once after the first steps, loads being steps too. */
    static void preemptAfter(final long stepLimit) {
        arm(stepLimit, true);
    }

    private static void arm(final long stepLimit, final boolean withLoads) {
        steps = 0;
        limit = stepLimit;
        failures = 0;
        preemption = null;
        countsLoads = withLoads;
        hasInterfered = false;
        metered = Thread.currentThread();
    }

    static void disarm() {
        metered = null;
        preemption = null;
    }

    /** Who runs when a preemption is due. */
    public static void preemptBy(final Runnable actor) {
        preemption = actor;
    }

    /** Whether the run was long enough to be interfered with. */
    static boolean hasInterfered() {
        return hasInterfered;
    }

    /** Called before every store to shared memory, and before a trap with address 0. */
    public static void store(final long address) {
        if (Thread.currentThread() == metered) {
            step(address);
        }
    }

    /** Called before every load from shared memory. */
    public static void load(final long address) {
        if (countsLoads && Thread.currentThread() == metered) {
            step(address);
        }
    }

    private static void step(final long address) {
        if (steps < limit) {
            steps++;
        } else if (failures > 0) {
            hasInterfered = true;
            failures--;
            throw new Stopped(steps);
        } else if (preemption != null) {
            final Runnable actor = preemption;
            final Thread thread = metered;
            hasInterfered = true;
            disarm();
            actor.run();
            metered = thread;
        }
    }
}
