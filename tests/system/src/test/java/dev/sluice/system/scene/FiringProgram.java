// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static dev.sluice.trace.Field.uint32;
import static dev.sluice.trace.Field.uint64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * The traced program: threads that fire events whose contents name themselves, as fast as they can or at a rate, and
 * count in a file of their own ({@link FiredFile}) the fires that returned true. Runs in a JVM of its own, with nothing
 * on its class path that a traced application would not have.
 * <pre>
 *  FILE threads RATE         each thread fires at RATE a second, 0 for no limit, while told to
 *  FILE waves THREADS EVENTS at each command so many new threads fire so many events each, and die
 * </pre>
 */
public final class FiringProgram {
    private static final int BURST = 16;
    private static final long HOLD_NS = 200_000;
    private static final int FEW_THREADS = 8;
    private static final long SECOND_NS = 1_000_000_000L;

    private final Provider provider = Provider.named("account");
    private final Tracepoint numbers =
        provider.tracepoint("numbers", uint32("thread"), int64("index"), uint64("check"));
    private final Tracepoint text =
        provider.tracepoint("text", string("label"), uint32("thread"), int64("index"));
    private final FiredFile file;

    private FiringProgram(final FiredFile file) {
        this.file = file;
    }

    /** Runs until told to quit. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final FiringProgram program = new FiringProgram(FiredFile.open(Path.of(arguments[0])));
        program.provider.load();
        System.out.println("pid " + ProcessHandle.current().pid());
        if (arguments[1].equals("threads")) {
            program.fireUntilTold(Long.parseLong(arguments[2]));
        } else {
            program.fireInWaves(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
        }
    }

    private void fireUntilTold(final long rate) throws InterruptedException {
        final Thread[] threads = new Thread[file.threads()];
        for (int i = 0; i < threads.length; i++) {
            final int thread = i;
            threads[i] = new Thread(() -> fireAtRate(thread, rate), "firing-" + i);
            threads[i].start();
        }
        for (final Thread thread : threads) {
            thread.join();
        }
    }

    private void fireAtRate(final int thread, final long rate) {
        long fired = 0;
        long calls = 0;
        long longestNs = 0;
        long attempts = 0;
        boolean hasBegun = false;
        long begin = System.nanoTime();
        // Hundreds of threads that have nothing to do must leave the processors to others.
        final long holdNs = HOLD_NS * Math.max(1, file.threads() / FEW_THREADS);
        final QueuedTime queued = new QueuedTime();
        while (true) {
            final long command = file.command();
            file.seen(thread, command);
            if (command == FiredFile.QUIT) {
                return;
            }
            if (!FiredFile.isFiring(command)) {
                LockSupport.parkNanos(holdNs);
                begin = System.nanoTime();
                attempts = 0;
                continue;
            }
            final long burstNs = System.nanoTime();
            queued.begin(burstNs);
            for (int i = 0; i < BURST; i++) {
                // The two enable bits are raised one after the other. Until both are raised, only calls that fire are
                // counted.
                hasBegun = hasBegun || numbers.isEnabled() && text.isEnabled();
                final boolean hasFired = fire(thread, fired);
                calls += hasFired || hasBegun && fired > 0 ? 1 : 0;
                if (hasFired) {
                    fired++;
                    // The count is stored with release after the event, so that the event exists wherever the process
                    // dies.
                    file.fired(thread, fired);
                    file.calls(thread, calls);
                }
            }
            final long tookNs = System.nanoTime() - burstNs;
            if (tookNs > longestNs) {
                longestNs = Math.max(longestNs, tookNs - queued.sinceBeginNs());
                file.longestNs(thread, longestNs);
            }
            attempts += BURST;
            if (!numbers.isEnabled()) {
                LockSupport.parkNanos(holdNs / 4);
                begin = System.nanoTime();
                attempts = 0;
            } else if (rate > 0) {
                final long aheadNs = attempts * SECOND_NS / rate - (System.nanoTime() - begin);
                if (aheadNs > 0) {
                    LockSupport.parkNanos(aheadNs);
                }
            }
        }
    }

    private boolean fire(final int thread, final long index) {
        return Contents.isText(thread, index) ? text.fire(Contents.label(thread, index), thread, index)
            : numbers.fire(thread, index, Contents.check(thread, index));
    }

    private void fireInWaves(final int threads, final int events) throws InterruptedException {
        if (provider.awaitEnabled(Duration.ofMinutes(1))) {
            System.out.println("enabled");
        }
        for (int wave = 0; (wave + 1) * threads <= file.threads(); wave++) {
            while (!FiredFile.isFiring(file.command()) || file.command() == file.seen(0)) {
                if (file.command() == FiredFile.QUIT) {
                    return;
                }
                LockSupport.parkNanos(HOLD_NS);
            }
            final long command = file.command();
            final CountDownLatch start = new CountDownLatch(1);
            final CountDownLatch end = new CountDownLatch(threads);
            final Thread[] all = new Thread[threads];
            for (int i = 0; i < threads; i++) {
                final int thread = wave * threads + i;
                all[i] = new Thread(() -> fireSome(thread, events, start, end), "wave-" + thread);
                all[i].start();
            }
            start.countDown();
            for (final Thread thread : all) {
                thread.join();
            }
            file.seen(0, command);
        }
        while (file.command() != FiredFile.QUIT) {
            LockSupport.parkNanos(HOLD_NS);
        }
    }

    private void fireSome(final int thread, final int events, final CountDownLatch start,
                          final CountDownLatch end) {
        try {
            start.await();
            long fired = 0;
            for (int i = 0; i < events; i++) {
                if (fire(thread, fired)) {
                    fired++;
                    file.fired(thread, fired);
                }
            }
            // No thread ends before all threads have fired, so that each of them needs a ring of its own.
            end.countDown();
            end.await();
        } catch (final InterruptedException e) {
            System.err.println("a thread of a wave was interrupted: " + thread);
        }
    }
}
