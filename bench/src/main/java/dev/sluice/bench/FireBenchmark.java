// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static dev.sluice.trace.Field.bytes;
import static dev.sluice.trace.Field.enumeration;
import static dev.sluice.trace.Field.int32;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.bench.session.BpfReceiver;
import dev.sluice.bench.session.HeadMover;
import dev.sluice.trace.Name;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.Tsc;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does one event cost the thread that fires it, on the production path: word, ring lookup, clock, stores, wrap,
 * tail, with the head moved by another thread, or the batches drained by BPF and received? Beside it the empty loop,
 * the bare clock reads and the disabled tracepoint. {@link Main} sets forks and iterations.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FireBenchmark {
    private static final int VALUES = 64;
    /** Of a text that is a constant the compiler would have done half of the work before. */
    private static final String[] SIXTEEN_LETTERS = IntStream.range(0, VALUES)
        .mapToObj(i -> "letters, " + (1_000_000 + i)).toArray(String[]::new);
    private static final byte[][] EIGHT_BYTES = IntStream.range(0, VALUES)
        .mapToObj(i -> new byte[] {1, 2, 3, 4, 5, 6, 7, (byte) i}).toArray(byte[][]::new);

    /** One of some texts of 16 characters. */
    static String sixteenLetters(final int number) {
        return SIXTEEN_LETTERS[number & VALUES - 1];
    }

    /** One of some arrays of eight bytes. */
    static byte[] eightBytes(final int number) {
        return EIGHT_BYTES[number & VALUES - 1];
    }

    /** A field of an enumeration. */
    public enum Side {
        /** Ordinal 0. */
        BUY,
        /** Ordinal 1. */
        SELL;

        static Side of(final int number) {
            return (number & 1) == 0 ? BUY : SELL;
        }
    }

    /** The events, declared as an interface. */
    @TraceProvider("bench_typed")
    public interface Events {
        /** No field. */
        boolean none();

        /** Two longs. */
        boolean two(@Name("a") long a, @Name("b") long b);

        /** Six longs. */
        boolean six(@Name("a") long a, @Name("b") long b, @Name("c") long c, @Name("d") long d, @Name("e") long e,
                    @Name("f") long f);

        /** A text. */
        boolean text(@Name("s") String s);

        /** A field of each kind. */
        boolean mixed(@Name("a") int a, @Name("e") Side e, @Name("s") String s, @Name("b") byte[] b);
    }

    /** Tracepoints that nobody enables. */
    @State(Scope.Benchmark)
    public static class Disabled {
        static final Provider PROVIDER = Provider.named("bench_off");
        static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));
        static final Events TYPED = Sluice.provider(Events.class);
        long i;

        /** Loads the provider. */
        @Setup
        public void load() {
            PROVIDER.load();
        }
    }

    /** Tracepoints that a session has enabled. */
    public abstract static class Enabled {
        static final Provider PROVIDER = Provider.named("bench_on");
        static final Tracepoint NONE = PROVIDER.tracepoint("none");
        static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));
        static final Tracepoint SIX = PROVIDER.tracepoint("six", int64("a"), int64("b"), int64("c"), int64("d"),
            int64("e"), int64("f"));
        static final Tracepoint TEXT = PROVIDER.tracepoint("text", string("s"));
        static final Tracepoint MIXED = PROVIDER.tracepoint("mixed", int32("a"), enumeration("e", Side.class),
            string("s"), bytes("b"));
        static final Events TYPED = Sluice.provider(Events.class);
        static final String PATTERN = "bench_*:*";
        /** Those of two longs, and of them none that is fired here: the first long is never less than 0. */
        static final String[] REFUSING = {"bench_on:two[a < 0]", "bench_typed:two[a < 0]"};
        /** Pairs of two and six longs, of which none lasts long enough. */
        static final String[] HOLDING =
            {"bench_*:* >=24h{bench_on:two,bench_on:six,thread}{bench_typed:two,bench_typed:six,thread}"};
        long i;

        static void load() {
            PROVIDER.load();
        }

        static void checkEnabled() {
            if (!TWO.isEnabled()) {
                throw new IllegalStateException("not enabled");
            }
        }

        static void checkWritten(final long count) {
            if (count == 0) {
                throw new IllegalStateException("no event was written: the figure would be of nothing");
            }
        }
    }

    /** A session in which another thread moves head and reads nothing. */
    @State(Scope.Benchmark)
    public static class HeadMoved extends Enabled {
        private HeadMover mover;

        /** Loads the provider and starts the session. */
        @Setup(Level.Trial)
        public void enable() {
            load();
            mover = new HeadMover(PATTERN);
            checkEnabled();
        }

        /** Ends the session. */
        @TearDown(Level.Trial)
        public void disable() {
            checkWritten(mover.movedBytes());
            mover.close();
        }
    }

    /** A session in which BPF drains and a thread receives. */
    @State(Scope.Benchmark)
    public static class DrainedByBpf extends Enabled {
        private BpfReceiver receiver;

        /** Loads the provider and starts the session. */
        @Setup(Level.Trial)
        public void enable() {
            load();
            receiver = new BpfReceiver(PATTERN);
            checkEnabled();
        }

        /** Ends the session. */
        @TearDown(Level.Trial)
        public void disable() {
            checkWritten(receiver.events());
            if (receiver.failures() != 0) {
                throw new IllegalStateException("batches failed: " + receiver.failures());
            }
            receiver.close();
        }
    }

    /** The loop. */
    @Benchmark
    public long empty(final Disabled state) {
        return state.i++;
    }

    /** The clock NANO. */
    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }

    /** The clock TSC; an error on a JVM that cannot read it. */
    @Benchmark
    public long tsc() {
        return Tsc.read();
    }

    /** Two longs, off. */
    @Benchmark
    public boolean disabledTwo(final Disabled state) {
        final long i = state.i++;
        return Disabled.TWO.fire(i, -i);
    }

    /** Two longs, off, by interface. */
    @Benchmark
    public boolean disabledTwoTyped(final Disabled state) {
        final long i = state.i++;
        return Disabled.TYPED.two(i, -i);
    }

    /** No field, on. */
    @Benchmark
    public boolean none(final HeadMoved state) {
        return Enabled.NONE.fire();
    }

    /** No field, on, by interface. */
    @Benchmark
    public boolean noneTyped(final HeadMoved state) {
        return Enabled.TYPED.none();
    }

    /** Two longs, on. */
    @Benchmark
    public boolean two(final HeadMoved state) {
        final long i = state.i++;
        return Enabled.TWO.fire(i, -i);
    }

    /** Two longs, on, by interface. */
    @Benchmark
    public boolean twoTyped(final HeadMoved state) {
        final long i = state.i++;
        return Enabled.TYPED.two(i, -i);
    }

    /** Six longs, on. */
    @Benchmark
    public boolean six(final HeadMoved state) {
        final long i = state.i++;
        return Enabled.SIX.fire(i, i, i, i, i, -i);
    }

    /** Six longs, on, by interface. */
    @Benchmark
    public boolean sixTyped(final HeadMoved state) {
        final long i = state.i++;
        return Enabled.TYPED.six(i, i, i, i, i, -i);
    }

    /** A text of 16 characters, on. */
    @Benchmark
    public boolean text16(final HeadMoved state) {
        return Enabled.TEXT.fire(sixteenLetters((int) state.i++));
    }

    /** A text of 16 characters, on, by interface. */
    @Benchmark
    public boolean text16Typed(final HeadMoved state) {
        return Enabled.TYPED.text(sixteenLetters((int) state.i++));
    }

    /** Two longs, drained by their owner through BPF and received. */
    @Benchmark
    public boolean twoByBpf(final DrainedByBpf state) {
        final long i = state.i++;
        return Enabled.TWO.fire(i, -i);
    }

    /** The same event, fired through a typed interface. */
    @Benchmark
    public boolean twoByBpfTyped(final DrainedByBpf state) {
        final long i = state.i++;
        return Enabled.TYPED.two(i, -i);
    }

    /** Two longs, drained by the drain thread through BPF and received. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dsluice.strategy=drain_thread")
    public boolean twoByBpfDrainThread(final DrainedByBpf state) {
        final long i = state.i++;
        return Enabled.TWO.fire(i, -i);
    }
}
