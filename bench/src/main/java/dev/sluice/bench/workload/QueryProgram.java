// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.workload;

import dev.sluice.bench.fire.Account;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.MeasuredPath;
import dev.sluice.bench.fire.Values;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.ProcessorTime;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.ForkedProgram;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The program that asks a {@link QueryMix} one query after the other, and times each: what tracing costs in a program
 * that does something. The events go the way that it is told.
 */
public final class QueryProgram {
    private static final long HIGHEST_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int DIGITS = 3;
    /** A database takes long to be compiled, and its slowest queries are few. */
    private static final ForkedProgram.Length LENGTH = new ForkedProgram.Length(4, 4);

    private final FirePath path;
    private final Histogram times = new Histogram(HIGHEST_NS, DIGITS);
    private long number;
    private long queries;

    private QueryProgram(final FirePath path) {
        this.path = path;
    }

    /**
     * Runs it in a JVM of its own; the ns of its turns and their processor time are those of a query, and their times
     * those of single ones.
     *
     * @param path     the way
     * @param argument of its constructor; empty for none
     * @param flags    of its JVM, after those of this one
     */
    public static Contestant.Runner runner(final Class<? extends FirePath> path, final String argument,
                                           final List<String> flags) {
        return new ForkedProgram(QueryProgram.class, "h2", LENGTH, path, argument, flags);
    }

    /**
     * Arguments: one that says nothing, ms of the warm-up, iterations, ms of each. Prints the ns of a query in each
     * iteration, and the times of all; leaves an {@link Account}.
     */
    public static void main(final String[] arguments) throws IOException, InterruptedException, SQLException {
        final FirePath path = MeasuredPath.create();
        MeasuredPath.open(path);
        final QueryProgram program = new QueryProgram(path);
        try (path; QueryMix mix = new QueryMix(program::report)) {
            program.ask(mix, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[1])));
            program.times.reset();
            final long before = program.queries;
            final ProcessorTime spentBefore = ProcessorTime.ofThisThread();
            final List<Double> ns = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                ns.add(program.ask(mix, TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[3]))));
            }
            final ProcessorTime.PerEvent spent =
                ProcessorTime.ofThisThread().since(spentBefore, program.queries - before);
            mix.check();
            ForkedProgram.print(ns, FireTimes.of(program.times, new Histogram(HIGHEST_NS, DIGITS)));
            MeasuredPath.write(new Account(program.number, path.finish(program.number), spent, ""));
        } catch (final IOException | InterruptedException | SQLException | RuntimeException | LinkageError e) {
            throw MeasuredPath.failed(e);
        }
    }

    private void report() {
        path.fire(Values.first(number), number);
        number++;
    }

    /** Asks for so long; returns the ns of a query. */
    private double ask(final QueryMix mix, final long durationNs) throws SQLException {
        final long begin = System.nanoTime();
        long before = begin;
        long count = 0;
        while (before - begin < durationNs) {
            mix.query();
            final long after = System.nanoTime();
            times.recordValue(Math.min(HIGHEST_NS, after - before));
            before = after;
            count++;
        }
        queries += count;
        return (double) (before - begin) / count;
    }
}
