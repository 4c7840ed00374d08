// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.filter;

import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fires a round of the same events for each line {@code fire} that it reads, in all ways in which events are fired, and
 * says how many of them it was told were fired. For {@code declare} it declares one more provider, which the next round
 * fires too.
 */
public final class FilteredProgram {
    static final int EVENTS = 20_000;
    static final int THREADS = 2;

    /** An enumeration's field. */
    public enum Side { BUY, SELL }

    /** Events by a typed interface. */
    @TraceProvider("filtered")
    public interface Trades {
        boolean placed(long id, double price, String symbol, Side side);

        boolean plain(long id, int quantity);
    }

    /** Events by an interface that comes late. */
    @TraceProvider("later")
    public interface Later {
        boolean came(long id);
    }

    private static final Trades TRADES = Sluice.provider(Trades.class);
    private static final Provider NAMED = Provider.named("named");
    private static final Tracepoint WORDS = NAMED.tracepoint("words", Field.int64("a"), Field.int64("b"));
    private static final Tracepoint TEXT = NAMED.tracepoint("text", Field.string("symbol"), Field.int32("n"));
    private static final Tracepoint MIXED = NAMED.tracepoint("mixed", Field.float64("price"), Field.string("symbol"));
    private static final Tracepoint VIRTUAL = NAMED.tracepoint("virtual", Field.int64("id"));

    private static final AtomicLong[] FIRED = new AtomicLong[7];
    private static Later later;

    private FilteredProgram() {
    }

    static double price(final long id) {
        return id % 200;
    }

    static String symbol(final long id) {
        return id % 3 == 0 ? "ACME" : id % 3 == 1 ? "Zürich" : null;
    }

    public static void main(final String[] arguments) throws Exception {
        NAMED.load();
        for (int i = 0; i < FIRED.length; i++) {
            FIRED[i] = new AtomicLong();
        }
        System.out.println("ready");
        final BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            switch (line) {
                case "fire" -> fire();
                case "declare" -> {
                    later = Sluice.provider(Later.class);
                    System.out.println("declared");
                }
                default -> throw new IOException(line);
            }
        }
    }

    private static void fire() throws InterruptedException {
        for (final AtomicLong count : FIRED) {
            count.set(0);
        }
        final Thread[] threads = new Thread[THREADS];
        for (int i = 0; i < THREADS; i++) {
            threads[i] = new Thread(FilteredProgram::round, "round-" + i);
            threads[i].start();
        }
        final Thread carried = virtual(() -> {
            for (long id = 0; id < EVENTS; id++) {
                count(6, VIRTUAL.fire(id));
            }
        });
        for (final Thread thread : threads) {
            thread.join();
        }
        carried.join();
        // In one piece, as somebody waits for the line.
        System.out.println(String.format("fired %s %s %s %s %s %s %s", (Object[]) FIRED));
    }

    /** A virtual thread that has been started, or an ordinary one where there are none. */
    static Thread virtual(final Runnable run) {
        try {
            return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
        } catch (final ReflectiveOperationException e) {
            final Thread thread = new Thread(run);
            thread.start();
            return thread;
        }
    }

    private static void count(final int which, final boolean isFired) {
        if (isFired) {
            FIRED[which].incrementAndGet();
        }
    }

    private static void round() {
        for (long id = 0; id < EVENTS; id++) {
            count(0, TRADES.placed(id, price(id), symbol(id), Side.values()[(int) (id & 1)]));
            count(1, TRADES.plain(id, (int) id));
            count(2, WORDS.fire(id, -id));
            count(3, TEXT.fire(symbol(id), id));
            count(4, MIXED.event().put(price(id)).put(symbol(id)).fire());
            if (later != null) {
                count(5, later.came(id));
            }
        }
    }
}
