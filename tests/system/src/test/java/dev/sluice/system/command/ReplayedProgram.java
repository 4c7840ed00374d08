// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static dev.sluice.trace.Field.enumeration;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int32;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;

/** Fires the same events each time, one thread after the other, when it has read a line. */
public final class ReplayedProgram {
    private static final String[] SYMBOLS = {"ACME", "grüße", "", "a symbol that is longer than the others"};
    private static final Provider SHOP = Provider.named("shop");
    private static final Tracepoint ORDER = SHOP.tracepoint("order", string("symbol"), int32("quantity"),
        float64("price"), enumeration("side", "BUY", "SELL"), int64("id"));
    private static final Tracepoint BEGIN = SHOP.tracepoint("work_begin", int64("id"), int64("at"));
    private static final Tracepoint END = SHOP.tracepoint("work_end", int64("id"), int64("at"));
    private static final Tracepoint READY = SHOP.tracepoint("ready");

    private ReplayedProgram() {
    }

    /** Runs until it has fired. */
    public static void main(final String[] arguments) throws Exception {
        SHOP.load();
        System.out.println("pid " + ProcessHandle.current().pid());
        System.in.read();
        // Only a recording sets the ring bit, which fire returns: so one event is recorded here.
        while (!READY.fire()) {
            Thread.sleep(5);
        }
        SHOP.awaitEnabled(Duration.ofSeconds(1));
        fire(0);
        for (int i = 1; i <= 3; i++) {
            final int number = i;
            final Thread thread = new Thread(() -> fire(number), "worker-" + i);
            thread.start();
            thread.join();
        }
        for (final long ms : new long[] {1_000, 3_000}) {
            BEGIN.fire(-1, 0);
            Thread.sleep(ms);
            END.fire(-1, ms);
        }
    }

    private static void fire(final int thread) {
        for (int i = 0; i < 400 + 100 * thread; i++) {
            // Different counts and sums for each key: bpftrace sorts by value.
            final int symbol = i % 10 < 4 ? 0 : i % 10 < 7 ? 1 : i % 10 < 9 ? 2 : 3;
            ORDER.event().put(SYMBOLS[symbol]).put(i * i % 997 - 20L).put(i / 8.0).put((long) (i % 3 / 2)).put(i)
                .fire();
            if (i % 5 == 0) {
                BEGIN.fire(i, 1_000L * i);
                if (i % 20 == 0) {
                    BEGIN.fire(-i, 1_000L * i + 10);
                    END.fire(-i, 1_000L * i + 20);
                }
                END.fire(i, 1_000L * i + (long) i * i);
            }
        }
    }
}
