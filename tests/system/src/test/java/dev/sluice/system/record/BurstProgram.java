// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program whose threads are busy for a moment and then rest: each fires {@code burst:step(left)} until none is
 * left, which fills chunks and begins one, and fires nothing for longer than two periods of the flush. It ends when it
 * is killed.
 */
final class BurstProgram {
    static final int THREADS = 4;
    private static final int EVENTS = 1_500;

    private BurstProgram() {
    }

    /** The program; its argument is the period in ms. */
    public static void main(final String[] arguments) {
        final long periodNs = Long.parseLong(arguments[0]) * 1_000_000;
        final Provider provider = Provider.named("burst");
        final Tracepoint step = provider.tracepoint("step", int64("left"));
        provider.load();
        for (int i = 0; i < THREADS; i++) {
            final Random random = new Random(i);
            new Thread(() -> fire(step, periodNs, random), "burst-" + i).start();
        }
        System.out.println("ready");
    }

    private static void fire(final Tracepoint step, final long periodNs, final Random random) {
        while (true) {
            for (int left = EVENTS; left >= 0; left--) {
                step.fire(left);
            }
            final long restNs = 2 * periodNs + random.nextInt((int) periodNs);
            final long begin = System.nanoTime();
            while (System.nanoTime() - begin < restNs) {
                LockSupport.parkNanos(restNs - (System.nanoTime() - begin));
            }
        }
    }
}
