// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import static dev.sluice.trace.Field.int64;

import dev.sluice.bench.measure.RecordedJvm;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntUnaryOperator;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.StackTrace;

/**
 * Commits an event of JFR and fires an event of ours, in turns, each of two longs, while a JFR recording writes to disk
 * and another process records ours. The empty loop is timed before each turn and taken off. The program
 * answers an order, which is a number of turns, with medians; the order {@code end} ends the JFR recording. Both kinds
 * of events have their best settings: JFR takes no stack trace but where the name says so.
 */
final class JfrProgram {
    static final String PATTERN = "bench_rivals*:*";
    static final String PROVIDER_NAME = "bench_rivals";
    static final String TYPED_NAME = "bench_rivals_typed";
    static final String EVENT = "sluice.bench.Two";
    static final String WITH_STACK = "sluice.bench.TwoWithStack";
    /** A property: where JFR writes. */
    static final String FILE = "sluice.bench.jfr.file";
    static final String END = "end";
    /** Events of a turn: some tens of microseconds, so that what the machine does besides meets neighbours alike. */
    static final int TURN = 2_000;
    /** A stack trace costs so much that fewer events fill a turn. */
    static final int TURN_WITH_STACK = 200;
    private static final int DEPTH = 14;
    private static final Duration ENABLED_TIMEOUT = Duration.ofSeconds(60);
    private static final Provider PROVIDER = Provider.named(PROVIDER_NAME);
    private static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));
    private static final Events TYPED = Sluice.provider(Events.class);
    /** A load that no loop can be made without. */
    private static volatile int one = 1;
    private static long sink;

    private JfrProgram() {
    }

    /** Our event, declared as an interface. */
    @TraceProvider(TYPED_NAME)
    interface Events {
        /** Two longs. */
        boolean two(@dev.sluice.trace.Name("a") long a, @dev.sluice.trace.Name("b") long b);
    }

    /** JFR's event. */
    @Name(EVENT)
    @StackTrace(false)
    static final class Two extends Event {
        private long a;
        private long b;
    }

    /** JFR's event with the stack of the thread that commits it. */
    @Name(WITH_STACK)
    static final class TwoWithStack extends Event {
        private long a;
        private long b;
    }

    /**
     * What an event costs over the empty loop, ns, as the medians of all turns, and how many times as much JFR's costs
     * as ours in the turns beside each other.
     */
    record Costs(double jfr, double jfrWithStack, double sluice, double typed, double ratio, double typedRatio) {
        static Costs parse(final String line) {
            final double[] values = Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
            return new Costs(values[0], values[1], values[2], values[3], values[4], values[5]);
        }

        String line() {
            return String.format(Locale.ROOT, "%.4f %.4f %.4f %.4f %.4f %.4f", jfr, jfrWithStack, sluice, typed, ratio,
                typedRatio);
        }
    }

    /** No arguments. Lines of the standard input: how many turns to take, or {@link #END}. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        PROVIDER.load();
        try (Recording recording = new Recording()) {
            recording.enable(EVENT);
            recording.enable(WITH_STACK);
            recording.setDestination(Path.of(System.getProperty(FILE)));
            recording.start();
            System.out.println(RecordedJvm.READY + ProcessHandle.current().pid());
            final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (line.equals(END)) {
                    recording.stop();
                    System.out.println(END);
                } else if (PROVIDER.awaitEnabled(ENABLED_TIMEOUT)) {
                    System.out.println(measure(Integer.parseInt(line)).line());
                } else {
                    throw new IllegalStateException("no consumer has come");
                }
            }
        }
        if (sink == 0) {
            throw new IllegalStateException("nothing was run");
        }
    }

    private static Costs measure(final int turns) {
        final double[] jfr = new double[turns];
        final double[] jfrWithStack = new double[turns];
        final double[] sluice = new double[turns];
        final double[] typed = new double[turns];
        for (int i = 0; i < turns; i++) {
            jfrWithStack[i] = turn(TURN_WITH_STACK, JfrProgram::commitWithStack);
            sluice[i] = turn(TURN, JfrProgram::fire);
            jfr[i] = turn(TURN, JfrProgram::commit);
            typed[i] = turn(TURN, JfrProgram::fireTyped);
        }
        return new Costs(median(jfr), median(jfrWithStack), median(sluice), median(typed),
            median(ratios(jfr, sluice)), median(ratios(jfr, typed)));
    }

    /** The time of a turn over the empty loop's time, ns an event. */
    private static double turn(final int events, final IntUnaryOperator loop) {
        final long t0 = System.nanoTime();
        sink += empty(events);
        final long t1 = System.nanoTime();
        sink += loop.applyAsInt(events);
        final long t2 = System.nanoTime();
        return (double) (t2 - t1 - (t1 - t0)) / events;
    }

    private static double[] ratios(final double[] over, final double[] under) {
        final double[] ratios = new double[over.length];
        Arrays.setAll(ratios, i -> over[i] / under[i]);
        return ratios;
    }

    private static double median(final double[] values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static int empty(final int events) {
        int sum = 0;
        for (int i = 0; i < events; i++) {
            sum += one;
        }
        return sum;
    }

    private static int commit(final int events) {
        int sum = 0;
        for (int i = 0; i < events; i++) {
            final Two event = new Two();
            event.a = i;
            event.b = -i;
            event.commit();
            sum += one;
        }
        return sum;
    }

    private static int commitWithStack(final int events) {
        return deeper(DEPTH, events);
    }

    /** A stack as deep as a small service's. */
    private static int deeper(final int depth, final int events) {
        if (depth > 0) {
            return deeper(depth - 1, events);
        }
        int sum = 0;
        for (int i = 0; i < events; i++) {
            final TwoWithStack event = new TwoWithStack();
            event.a = i;
            event.b = -i;
            event.commit();
            sum += one;
        }
        return sum;
    }

    private static int fire(final int events) {
        int sum = 0;
        for (int i = 0; i < events; i++) {
            sum += TWO.fire(i, -i) ? one : 2;
        }
        return sum;
    }

    private static int fireTyped(final int events) {
        int sum = 0;
        for (int i = 0; i < events; i++) {
            sum += TYPED.two(i, -i) ? one : 2;
        }
        return sum;
    }
}
