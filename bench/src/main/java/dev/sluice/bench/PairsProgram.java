// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.session.BpfReceiver;
import dev.sluice.bench.session.HeadMover;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.usdt.Tsc;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Fires events and reads the bare clock in turns of some tens of microseconds, so that what the machine does besides
 * meets both alike, and prints for each way of firing the median difference of two turns that follow each other, in ns
 * an event. A turn is longer than a chunk takes to fill, so wrapping is in it; what is not is a turn in which another
 * program had the processor. Each loop is compiled for its own call alone.
 */
final class PairsProgram {
    /** Ends the name of what was taken from all turns, and not from {@link #undisturbed} ones alone. */
    static final String ALL = ", all turns";
    /** The bare clock, and the part of turns that were undisturbed. */
    static final String CLOCK = "clock";
    static final String SHARE = "undisturbed";
    /** Begins the name of what a filter refuses. */
    static final String REFUSED = "refused";
    /** Begins the name of both events of a pair that lasts too short, over two readings of the clock. */
    static final String HELD = "held pair";
    /** In the name of what BPF drained. */
    static final String BY_BPF = " by BPF";
    /** Kinds that BPF drains too: what finds no room is refused, or takes the place of the oldest. */
    static final String DISCARDING = "discarding";
    static final String OVERWRITING = "overwriting";
    /** Two longs, fired on a virtual thread. */
    static final String VIRTUAL = "virtual";

    private static final int TURN = 5_000;
    private static final int WARM_UP = 20_000;
    private static final int TURNS = 10_000;
    /** The fastest turns are taken: one in so many. */
    private static final int FEW = 20;
    /** With fewer turns than this, no figure is given. */
    private static final int ENOUGH = 100;
    private static final double TOLERANCE = 1.003;
    /** With a sampled clock nothing is subtracted, because its readings are part of what an event costs. */
    private static final boolean IS_SAMPLED = "sampled".equals(System.getProperty("sluice.clock"));
    private static final boolean IS_TSC = "tsc".equals(System.getProperty("sluice.clock"));
    private static long sink;
    /** A load that no loop can be made without, in the empty one and in those that fire nothing. */
    private static volatile int one = 1;

    private PairsProgram() {
    }

    /**
     * Arguments: off (nobody listens), refused (a filter refuses every event), held pair (no pair lasts long enough),
     * head (somebody moves head) or bpf (BPF drains, and a thread receives; also discarding and overwriting, by the
     * policy); and what to fire: none, two, six, text, mixed (an integer, an enumeration, a text, bytes), or virtual:
     * two on a virtual thread. A JVM for each: what the compiler has seen of one would spoil the code of another.
     */
    public static void main(final String[] arguments) throws ReflectiveOperationException, InterruptedException {
        if ("off".equals(arguments[0])) {
            FireBenchmark.Disabled.PROVIDER.load();
            measureDisabled();
            return;
        }
        FireBenchmark.Enabled.load();
        if (REFUSED.equals(arguments[0])) {
            FireBenchmark.Disabled.PROVIDER.load();
            try (HeadMover mover = new HeadMover(FireBenchmark.Enabled.REFUSING)) {
                measureRefused();
                if (mover.movedBytes() != 0) {
                    throw new IllegalStateException("an event was written: the figure would be of something else");
                }
            }
            return;
        }
        if (HELD.equals(arguments[0])) {
            try (HeadMover mover = new HeadMover(FireBenchmark.Enabled.HOLDING)) {
                measureHeld();
                if (mover.movedBytes() != 0) {
                    throw new IllegalStateException("an event was written: the figure would be of something else");
                }
            }
            return;
        }
        if ("bpf".equals(arguments[0])) {
            measureByBpf(arguments[1], FullPolicy.BLOCK, BY_BPF);
        } else if (DISCARDING.equals(arguments[0])) {
            measureByBpf(arguments[1], FullPolicy.DISCARD, ", " + DISCARDING + BY_BPF);
        } else if (OVERWRITING.equals(arguments[0])) {
            measureByBpf(arguments[1], FullPolicy.OVERWRITE, ", " + OVERWRITING + BY_BPF);
        } else {
            try (HeadMover mover = new HeadMover(FireBenchmark.Enabled.PATTERN)) {
                if (VIRTUAL.equals(arguments[1])) {
                    onVirtualThread(() -> measure(VIRTUAL, ""));
                } else {
                    measure(arguments[1], "");
                }
                FireBenchmark.Enabled.checkWritten(mover.movedBytes());
            }
        }
        if (sink == 0) {
            throw new IllegalStateException("nothing was run");
        }
    }

    private static void measureByBpf(final String event, final FullPolicy policy, final String how) {
        try (BpfReceiver receiver = new BpfReceiver(FireBenchmark.Enabled.PATTERN, policy)) {
            measure(event, how);
            FireBenchmark.Enabled.checkWritten(receiver.failures() == 0 ? receiver.events() : 0);
        }
    }

    /** Virtual threads are there from Java 21 on, and this is compiled for 17. */
    private static void onVirtualThread(final Runnable code) throws ReflectiveOperationException, InterruptedException {
        final Thread thread = (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, code);
        thread.join();
    }

    private static void measure(final String event, final String how) {
        final String dynamic = event + how;
        final String typed = event + ", typed" + how;
        switch (event) {
            case "none" -> measure(dynamic, typed, PairsProgram::fireNone, PairsProgram::fireNoneTyped);
            case "two", VIRTUAL -> measure(dynamic, typed, PairsProgram::fireTwo, PairsProgram::fireTwoTyped);
            case "six" -> measure(dynamic, typed, PairsProgram::fireSix, PairsProgram::fireSixTyped);
            case "text" -> measure(dynamic, typed, PairsProgram::fireText, PairsProgram::fireTextTyped);
            case "mixed" -> measure(dynamic, typed, PairsProgram::fireMixed, PairsProgram::fireMixedTyped);
            default -> throw new IllegalArgumentException("event=" + event);
        }
    }

    private static void measure(final String dynamic, final String typed, final LongSupplier fire,
                                final LongSupplier fireTyped) {
        FireBenchmark.Enabled.checkEnabled();
        for (int i = 0; i < WARM_UP; i++) {
            sink += clock() + fire.getAsLong() + fireTyped.getAsLong();
        }
        final double[] dynamicOver = new double[TURNS];
        final double[] typedOver = new double[TURNS];
        final double[] clock = new double[TURNS];
        final double[] clockBetween = new double[TURNS];
        for (int i = 0; i < TURNS; i++) {
            final long t0 = System.nanoTime();
            sink += clock();
            final long t1 = System.nanoTime();
            sink += fire.getAsLong();
            final long t2 = System.nanoTime();
            sink += clock();
            final long t3 = System.nanoTime();
            sink += fireTyped.getAsLong();
            final long t4 = System.nanoTime();
            clock[i] = (double) (t1 - t0) / TURN;
            clockBetween[i] = (double) (t3 - t2) / TURN;
            dynamicOver[i] = (double) (t2 - t1 - (t1 - t0)) / TURN;
            typedOver[i] = (double) (t4 - t3 - (t3 - t2)) / TURN;
        }
        final BitSet undisturbed = undisturbed(clock, clockBetween);
        print(SHARE, (double) undisturbed.cardinality() / TURNS);
        print(dynamic, select(dynamicOver, undisturbed));
        print(typed, select(typedOver, undisturbed));
        print(CLOCK, clock);
        print(dynamic + ALL, dynamicOver);
        print(typed + ALL, typedOver);
    }

    /**
     * Turns whose two readings of the bare clock are as fast as they get here: nobody else, on the other half of a core
     * that two processors share say, slowed them. The events' own turns are not looked at.
     */
    private static BitSet undisturbed(final double[] clock, final double... clockBetween) {
        final double[] sorted = clock.clone();
        Arrays.sort(sorted);
        final double limit = sorted[sorted.length / FEW] * TOLERANCE;
        final BitSet turns = new BitSet();
        for (int i = 0; i < clock.length; i++) {
            turns.set(i, clock[i] <= limit && clockBetween[i] <= limit);
        }
        return turns;
    }

    private static double[] select(final double[] values, final BitSet turns) {
        return turns.cardinality() < ENOUGH ? new double[0] : turns.stream().mapToDouble(i -> values[i]).toArray();
    }

    private static void measureDisabled() {
        for (int i = 0; i < WARM_UP; i++) {
            sink += empty() + off() + offTyped();
        }
        final double[] dynamicOver = new double[TURNS];
        final double[] typedOver = new double[TURNS];
        for (int i = 0; i < TURNS; i++) {
            final long t0 = System.nanoTime();
            sink += empty();
            final long t1 = System.nanoTime();
            sink += off();
            final long t2 = System.nanoTime();
            sink += offTyped();
            final long t3 = System.nanoTime();
            dynamicOver[i] = (double) (t2 - t1 - (t1 - t0)) / TURN;
            typedOver[i] = (double) (t3 - t2 - (t1 - t0)) / TURN;
        }
        print("disabled", dynamicOver);
        print("disabled, typed", typedOver);
    }

    /** What a filter of one field costs that refuses every event, over a tracepoint that is off, in turns. */
    private static void measureRefused() {
        FireBenchmark.Enabled.checkEnabled();
        for (int i = 0; i < WARM_UP; i++) {
            sink += off() + refused() + refusedTyped();
        }
        final double[] dynamicOver = new double[TURNS];
        final double[] typedOver = new double[TURNS];
        for (int i = 0; i < TURNS; i++) {
            final long t0 = System.nanoTime();
            sink += off();
            final long t1 = System.nanoTime();
            sink += refused();
            final long t2 = System.nanoTime();
            sink += refusedTyped();
            final long t3 = System.nanoTime();
            dynamicOver[i] = (double) (t2 - t1 - (t1 - t0)) / TURN;
            typedOver[i] = (double) (t3 - t2 - (t1 - t0)) / TURN;
        }
        print(REFUSED, dynamicOver);
        print(REFUSED + ", typed", typedOver);
    }

    private static void measureHeld() {
        FireBenchmark.Enabled.checkEnabled();
        for (int i = 0; i < WARM_UP; i++) {
            sink += clock() + held() + heldTyped();
        }
        final double[] dynamicOver = new double[TURNS];
        final double[] typedOver = new double[TURNS];
        for (int i = 0; i < TURNS; i++) {
            final long t0 = System.nanoTime();
            sink += clock();
            final long t1 = System.nanoTime();
            sink += held();
            final long t2 = System.nanoTime();
            sink += heldTyped();
            final long t3 = System.nanoTime();
            // A pair reads the clock twice.
            dynamicOver[i] = (double) (t2 - t1 - 2 * (t1 - t0)) / TURN;
            typedOver[i] = (double) (t3 - t2 - 2 * (t1 - t0)) / TURN;
        }
        print(HELD, dynamicOver);
        print(HELD + ", typed", typedOver);
    }

    private static void print(final String name, final double... values) {
        if (values.length == 0) {
            return;
        }
        Arrays.sort(values);
        System.out.printf(Locale.ROOT, "%s=%.4f%n", name, values[values.length / 2]);
    }

    private static long clock() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += IS_SAMPLED ? one : IS_TSC ? Tsc.read() : System.nanoTime();
        }
        return sum;
    }

    private static long fireNone() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.NONE.fire() ? 1 : 0;
        }
        return sum;
    }

    private static long fireNoneTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TYPED.none() ? 1 : 0;
        }
        return sum;
    }

    private static long fireTwo() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TWO.fire(i, -i) ? 1 : 0;
        }
        return sum;
    }

    private static long fireTwoTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TYPED.two(i, -i) ? 1 : 0;
        }
        return sum;
    }

    private static long fireSix() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.SIX.fire(i, i, i, i, i, -i) ? 1 : 0;
        }
        return sum;
    }

    private static long fireSixTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TYPED.six(i, i, i, i, i, -i) ? 1 : 0;
        }
        return sum;
    }

    private static long fireText() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TEXT.fire(FireBenchmark.sixteenLetters(i)) ? 1 : 0;
        }
        return sum;
    }

    private static long fireTextTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TYPED.text(FireBenchmark.sixteenLetters(i)) ? 1 : 0;
        }
        return sum;
    }

    private static long fireMixed() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.MIXED.event().put(i).put(FireBenchmark.Side.of(i))
                .put(FireBenchmark.sixteenLetters(i)).put(FireBenchmark.eightBytes(i)).fire() ? 1 : 0;
        }
        return sum;
    }

    private static long fireMixedTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Enabled.TYPED.mixed(i, FireBenchmark.Side.of(i), FireBenchmark.sixteenLetters(i),
                FireBenchmark.eightBytes(i)) ? 1 : 0;
        }
        return sum;
    }

    private static long empty() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += one;
        }
        return sum;
    }

    private static long off() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Disabled.TWO.fire(i, -i) ? 2 : one;
        }
        return sum;
    }

    private static long refused() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += requireRefused(FireBenchmark.Enabled.TWO.fire(i, -i));
        }
        return sum;
    }

    private static long refusedTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += requireRefused(FireBenchmark.Enabled.TYPED.two(i, -i));
        }
        return sum;
    }

    private static long held() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += requireRefused(FireBenchmark.Enabled.TWO.fire(i, -i))
                + requireRefused(FireBenchmark.Enabled.SIX.fire(i, i, i, i, i, -i));
        }
        return sum;
    }

    private static long heldTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += requireRefused(FireBenchmark.Enabled.TYPED.two(i, -i))
                + requireRefused(FireBenchmark.Enabled.TYPED.six(i, i, i, i, i, -i));
        }
        return sum;
    }

    private static long requireRefused(final boolean isFired) {
        if (isFired) {
            throw new IllegalStateException("an event passed the filter: the figure would be of something else");
        }
        return one;
    }

    private static long offTyped() {
        long sum = 0;
        for (int i = 0; i < TURN; i++) {
            sum += FireBenchmark.Disabled.TYPED.two(i, -i) ? 2 : one;
        }
        return sum;
    }
}
