// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program that keeps a record of its own: of each query the thread, the kind, the rows, the price, and how
 * long it took at least and at most, as measured inside and outside of its two events. When it has ended, the record is
 * the file that it was told, one query a line.
 */
final class QueryProgram {
    static final int THREADS = 3;
    static final int QUERIES = 2_000;
    private static final String[] KINDS = {"read", "read", "read", "write", "write", "scan \"all\""};
    private static final long LONGEST_NS = 40_000;
    /** One query of each thread takes far longer than the others. */
    private static final long SLOW_NS = 30_000_000;

    private QueryProgram() {
    }

    /** The program; its arguments are the file of the record and a seed. */
    public static void main(final String[] arguments) throws Exception {
        final Provider provider = Provider.named("db");
        final Tracepoint begin = provider.tracepoint("query_begin", string("kind"), int64("id"));
        final Tracepoint end = provider.tracepoint("query_end", int64("id"), int64("rows"), int64("price"));
        provider.load();
        System.out.println("ready");
        if (!provider.awaitEnabled(Duration.ofMinutes(1))) {
            System.exit(1);
        }
        final List<String> record = Collections.synchronizedList(new ArrayList<>());
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            final Random random = new Random(Long.parseLong(arguments[1]) + i);
            final int number = i;
            threads.add(new Thread(() -> work(number, random, begin, end, record), "client-" + i));
            threads.get(i).start();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        Files.write(Path.of(arguments[0]), record);
    }

    private static void work(final int thread, final Random random, final Tracepoint begin, final Tracepoint end,
        final List<String> record) {
        for (int i = 0; i < QUERIES; i++) {
            final long id = (long) i * THREADS + thread;
            final String kind = KINDS[random.nextInt(KINDS.length)];
            final long rows = random.nextInt(1 << random.nextInt(20));
            final long price = (long) (random.nextGaussian() * 1e4);
            final long before = System.nanoTime();
            begin.fire(kind, id);
            final long since = System.nanoTime();
            if (i == QUERIES / 2) {
                LockSupport.parkNanos(SLOW_NS);
            }
            final long ns = random.nextLong() % LONGEST_NS;
            while (System.nanoTime() - since < ns) {
                Thread.onSpinWait();
            }
            final long until = System.nanoTime();
            end.fire(id, rows, price);
            final long after = System.nanoTime();
            record.add(thread + "\t" + id + "\t" + kind + "\t" + rows + "\t" + price + "\t" + (until - since) + "\t"
                + (after - before));
        }
    }
}
