// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.openloop;

import dev.sluice.bench.fire.Account;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.MeasuredPath;
import dev.sluice.bench.fire.Values;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.ProcessorTime;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.ForkedProgram;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The program that offers events at a rate: by every look at the clock it reports as many as are due, and it waits for
 * the next by looking again, without sleeping. What is due at the end of an iteration and was not reached is not
 * offered again in the next one.
 */
public final class OfferedRate {
    /** In place of a rate: as fast as the thread can. */
    public static final long FULL = 0;
    private static final int MOST_BETWEEN_LOOKS = 1024;

    private final FirePath path;
    private final double perNs;
    private long number;

    private OfferedRate(final FirePath path, final long perSecond) {
        this.path = path;
        perNs = perSecond == FULL ? Double.POSITIVE_INFINITY : perSecond / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /**
     * Runs it in a JVM of its own; the ns of its turns are those from one event to the next.
     *
     * @param perSecond rate that is offered, or {@link #FULL}
     * @param path      the way
     * @param argument  of its constructor; empty for none
     * @param flags     of its JVM, after those of this one
     */
    public static Contestant.Runner runner(final long perSecond, final Class<? extends FirePath> path,
                                           final String argument, final List<String> flags) {
        return new ForkedProgram(OfferedRate.class, Long.toString(perSecond), new ForkedProgram.Length(1, 1), path,
            argument, flags);
    }

    /**
     * Arguments: events a second or 0, ms of the warm-up, iterations, ms of each. Prints the ns from one event to the
     * next in each iteration, and leaves an {@link Account}.
     */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final FirePath path = MeasuredPath.create();
        MeasuredPath.open(path);
        try (path) {
            final OfferedRate rate = new OfferedRate(path, Long.parseLong(arguments[0]));
            rate.fire(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[1])));
            final long before = rate.number;
            final ProcessorTime spentBefore = ProcessorTime.ofThisThread();
            final List<Double> ns = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                ns.add(rate.fire(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[3]))));
            }
            final ProcessorTime.PerEvent spent =
                ProcessorTime.ofThisThread().since(spentBefore, rate.number - before);
            ForkedProgram.print(ns, FireTimes.NONE);
            MeasuredPath.write(new Account(rate.number, path.finish(rate.number), spent, ""));
        } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
            throw MeasuredPath.failed(e);
        }
    }

    /** Offers for so long; returns the ns from one event to the next. */
    private double fire(final long durationNs) {
        final long begin = System.nanoTime();
        long count = 0;
        long elapsedNs;
        do {
            elapsedNs = System.nanoTime() - begin;
            final long due = (long) (Math.min(elapsedNs, durationNs) * perNs);
            final long until = Math.min(due, count + MOST_BETWEEN_LOOKS);
            if (until == count) {
                Thread.onSpinWait();
            }
            for (; count < until; count++) {
                path.fire(Values.first(number), number);
                number++;
            }
        } while (elapsedNs < durationNs);
        return (double) elapsedNs / count;
    }
}
