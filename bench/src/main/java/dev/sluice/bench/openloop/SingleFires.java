// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.openloop;

import dev.sluice.bench.fire.Account;
import dev.sluice.bench.fire.BatchCarrier;
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
import org.HdrHistogram.Histogram;

/**
 * The program that times single fires in an open loop: each is due at a moment that was fixed before the first one, and
 * its time is that from then to its end. So whoever is late because the one before took long is counted as late. The
 * clock is System.nanoTime, whose readings are inside: the one that sees that an event is due, and the one at its end.
 * Nothing is taken off.
 */
public final class SingleFires {
    private static final long HIGHEST_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int DIGITS = 3;
    /** Few fires are slow: it takes longer to see them. */
    private static final ForkedProgram.Length LENGTH = new ForkedProgram.Length(1, 4);
    /** The warm-up is faster, so that the compiler has seen enough in its time. */
    private static final int FASTER = 10;

    private final FirePath path;
    private final BatchCarrier carrier;
    private final Histogram plain = new Histogram(HIGHEST_NS, DIGITS);
    private final Histogram draining = new Histogram(HIGHEST_NS, DIGITS);
    private long number;

    private SingleFires(final FirePath path) {
        this.path = path;
        carrier = path instanceof BatchCarrier batches ? batches : () -> 0;
    }

    /**
     * Runs it in a JVM of its own; the ns of its turns are the mean of all fires.
     *
     * @param perSecond rate at which events are due, above 0
     * @param path      the way
     * @param argument  of its constructor; empty for none
     * @param flags     of its JVM, after those of this one
     */
    public static Contestant.Runner runner(final long perSecond, final Class<? extends FirePath> path,
                                           final String argument, final List<String> flags) {
        return new ForkedProgram(SingleFires.class, Long.toString(perSecond), LENGTH, path, argument, flags);
    }

    /**
     * Arguments: events a second, ms of the warm-up, iterations, ms of each. Prints the mean of each iteration, and
     * then the times of all fires; leaves an {@link Account}.
     */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final FirePath path = MeasuredPath.create();
        MeasuredPath.open(path);
        try (path) {
            final long gapNs = TimeUnit.SECONDS.toNanos(1) / Long.parseLong(arguments[0]);
            final SingleFires fires = new SingleFires(path);
            fires.fire(gapNs / FASTER, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[1])));
            fires.plain.reset();
            fires.draining.reset();
            final long before = fires.number;
            final ProcessorTime spentBefore = ProcessorTime.ofThisThread();
            final List<Double> ns = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                ns.add(fires.fire(gapNs, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[3]))));
            }
            final ProcessorTime.PerEvent spent =
                ProcessorTime.ofThisThread().since(spentBefore, fires.number - before);
            ForkedProgram.print(ns, FireTimes.of(fires.plain, fires.draining));
            MeasuredPath.write(new Account(fires.number, path.finish(fires.number), spent, ""));
        } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
            throw MeasuredPath.failed(e);
        }
    }

    /** Fires for so long; returns the mean time. */
    private double fire(final long gapNs, final long durationNs) {
        final long begin = System.nanoTime();
        final long count = Math.max(1, durationNs / gapNs);
        final long endNs = begin + durationNs;
        long sumNs = 0;
        long done = 0;
        long now = begin;
        // A way that is too slow for the rate does not make the run longer: what is left at the end is not offered.
        for (; done < count && now - endNs < 0; done++) {
            final long due = begin + done * gapNs;
            now = System.nanoTime();
            while (now - due < 0) {
                Thread.onSpinWait();
                now = System.nanoTime();
            }
            final long batches = carrier.batches();
            path.fire(Values.first(number), number);
            number++;
            now = System.nanoTime();
            final long tookNs = Math.min(HIGHEST_NS, now - due);
            (carrier.batches() == batches ? plain : draining).recordValue(tookNs);
            sumNs += tookNs;
        }
        return (double) sumNs / done;
    }
}
