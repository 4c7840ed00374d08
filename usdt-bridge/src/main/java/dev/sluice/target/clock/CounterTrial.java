// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Measures for some milliseconds whether a counter is fit to be a clock: whether it advances with System.nanoTime along
 * a straight line, and whether a processor ever reads less than what another one has read before. A trial begins when
 * it is made and runs in threads of its own, so that the caller can do other work until {@link #finish}. If something
 * could not be measured because the machine was busy, the counter still passes: {@link ClockWatch} continues to
 * measure. For one calling thread.
 */
public final class CounterTrial {
    /** The least time from the first reading to the last. */
    private static final long LEAST_NS = 2_000_000;
    /** How long each thread compares. */
    private static final long COMPARISON_NS = 1_000_000;
    /** How long the caller waits for the threads at most. */
    private static final long MOST_WAIT_NS = 50_000_000;
    /** How far a reading may be from the line, beyond the readings' own error. */
    private static final long SLACK_NS = 1000;
    private static final int MOST_THREADS = 4;
    private static final int MOST_READINGS = 1000;
    private static final int STEPS = 100;
    private static final int ATTEMPTS = 8;
    private static final double NANOS_PER_SECOND = 1e9;

    private final LongSupplier counter;
    private final LongSupplier inOrder;
    private final Reading first;
    private final AtomicLong newest;
    private final AtomicLong mostBehind = new AtomicLong();
    /** The list is also the lock that guards it. */
    private final List<Reading> readings = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private Reading last;
    private double mostOffNs;

    /** A reading of the counter; its time is known with an error of at most half the span. */
    private record Reading(long ticks, long ns, long spanNs) {
    }

    /**
     * Begins.
     *
     * @param counter the counter
     * @param inOrder the same counter, but read after all earlier loads of the thread
     */
    CounterTrial(final LongSupplier counter, final LongSupplier inOrder) {
        this.counter = counter;
        this.inOrder = inOrder;
        first = read();
        newest = new AtomicLong(inOrder.getAsLong());
        final int processors = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        try {
            for (int i = 0; processors > 1 && i < processors; i++) {
                final Thread thread = new Thread(() -> compare(COMPARISON_NS), "sluice-clock-trial");
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        } catch (final OutOfMemoryError e) {
            // No more threads can be started. The threads that run, and the caller, are compared.
            return;
        }
    }

    private Reading read() {
        Reading best = null;
        for (int i = 0; i < ATTEMPTS; i++) {
            final long before = System.nanoTime();
            final long ticks = counter.getAsLong();
            final long spanNs = System.nanoTime() - before;
            if (best == null || spanNs < best.spanNs) {
                best = new Reading(ticks, before + spanNs / 2, spanNs);
            }
        }
        return best;
    }

    /** Compares this processor's readings with those of others, and with the kernel's clock. */
    private void compare(final long forNs) {
        try {
            final long beginNs = System.nanoTime();
            do {
                for (int i = 0; i < STEPS; i++) {
                    step();
                }
                final Reading reading = read();
                synchronized (readings) {
                    if (readings.size() < MOST_READINGS) {
                        readings.add(reading);
                    }
                }
            } while (System.nanoTime() - beginNs < forNs);
        } catch (final Throwable e) {
            // There may be no memory, or no descriptor to read a class with. Then this thread has not measured, and
            // nothing is reported.
            return;
        }
    }

    /**
     * One step of the comparison, as the kernel does it: a reading that was published before this reading was taken
     * must not be greater than it.
     */
    private void step() {
        final long published = newest.get();
        final long now = inOrder.getAsLong();
        if (published - now > 0) {
            mostBehind.accumulateAndGet(published - now, Math::max);
        }
        newest.set(now);
    }

    /**
     * Ends the trial.
     *
     * @return what speaks against the counter; empty if nothing does
     */
    String finish() {
        final long deadlineNs = System.nanoTime() + MOST_WAIT_NS;
        threads.forEach(thread -> await(thread, deadlineNs));
        compare(COMPARISON_NS / 10);
        while (System.nanoTime() - first.ns < LEAST_NS) {
            Thread.onSpinWait();
        }
        last = read();
        if (last.ticks - first.ticks <= 0) {
            return "the counter stands still or goes back: " + first.ticks + ", then " + last.ticks;
        }
        if (mostBehind.get() > 0) {
            return "the counter differs between processors: one is behind another by " + mostBehind + " ticks";
        }
        return offTheLine();
    }

    private static void await(final Thread thread, final long deadlineNs) {
        final long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
        try {
            if (leftMs > 0) {
                thread.join(leftMs);
            }
        } catch (final InterruptedException e) {
            // The interrupt is meant for the application, which has to see it later. The trial ends with what it has
            // measured so far.
            Thread.currentThread().interrupt();
        }
    }

    private String offTheLine() {
        final double nsPerTick = (double) (last.ns - first.ns) / (last.ticks - first.ticks);
        synchronized (readings) {
            for (final Reading reading : readings) {
                final double offNs =
                    Math.abs(reading.ns - first.ns - (reading.ticks - first.ticks) * nsPerTick);
                final long allowedNs = SLACK_NS + (first.spanNs + last.spanNs + reading.spanNs) / 2;
                if (offNs > allowedNs) {
                    return "the counter is no straight line of time: " + (long) offNs + " ns off where " + allowedNs
                        + " are allowed";
                }
                mostOffNs = Math.max(mostOffNs, offNs);
            }
        }
        return "";
    }

    /** Ticks in a second, after {@link #finish} has found nothing. */
    long frequency() {
        return Math.round((last.ticks - first.ticks) * NANOS_PER_SECOND / (last.ns - first.ns));
    }

    /** The result of the trial, in words. */
    String describe() {
        synchronized (readings) {
            return readings.size() + 2 + " readings in " + (last.ns - first.ns) / 1000 + " us are at most "
                + (long) Math.ceil(mostOffNs) + " ns off a line";
        }
    }
}
