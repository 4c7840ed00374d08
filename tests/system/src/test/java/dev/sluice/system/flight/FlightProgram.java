// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.flight;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program that keeps a log of its own of what it fires, and when ({@link FlightLog}): each of its threads
 * fires {@code flight:step(thread, id)} with ids from 0 up, and thread 0 also {@code flight:alarm(ms)}, when the log
 * says so and as many as it says. It also takes memory without end when the log says so. Runs in a JVM of its own until
 * the log says that it is to end.
 */
public final class FlightProgram {
    private static final long REST_NS = 50_000;
    private static final long EAT_NS = 2_000_000;
    private static final int BITE = 1 << 20;
    private static final int PAGE = 4096;

    private FlightProgram() {
    }

    /** The program; its argument is the log. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final FlightLog log = FlightLog.open(Path.of(arguments[0]));
        final Provider provider = Provider.named("flight");
        final Tracepoint step = provider.tracepoint("step", int64("thread"), int64("id"));
        final Tracepoint alarm = provider.tracepoint("alarm", int64("ms"));
        provider.load();
        System.out.println("ready");
        final Thread[] threads = new Thread[FlightLog.THREADS];
        for (int i = 0; i < threads.length; i++) {
            final int number = i;
            threads[i] = new Thread(() -> fire(log, step, alarm, number), "flight-" + i);
            threads[i].start();
        }
        final Thread eater = new Thread(() -> eat(log), "flight-eater");
        eater.setDaemon(true);
        eater.start();
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    /** Takes memory once it is told to, until there is none. */
    private static void eat(final FlightLog log) {
        final List<ByteBuffer> eaten = new ArrayList<>();
        while (true) {
            LockSupport.parkNanos(EAT_NS);
            if (log.mustEat()) {
                final ByteBuffer bite = ByteBuffer.allocateDirect(BITE);
                for (int i = 0; i < BITE; i += PAGE) {
                    bite.put(i, (byte) 1);
                }
                eaten.add(bite);
            }
        }
    }

    private static void fire(final FlightLog log, final Tracepoint step, final Tracepoint alarm, final int thread) {
        long id = 0;
        long alarms = 0;
        while (!log.mustEnd()) {
            final long before = System.nanoTime();
            if (step.fire(thread, id)) {
                log.fired(thread, id++, before, System.nanoTime());
            }
            if (thread == 0 && log.alarms() != alarms) {
                final long told = log.alarms();
                for (long ms = log.alarmMs(); alarms < told; alarms++) {
                    alarm.fire(ms++);
                }
                log.answered(alarms);
            }
            LockSupport.parkNanos(REST_NS * (1 + thread));
        }
    }
}
