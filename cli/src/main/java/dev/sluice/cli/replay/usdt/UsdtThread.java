// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.cli.replay.pace.Pace;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A thread that fires the events of one thread of the trace, under the same name. The kernel cuts names to 15 bytes as
 * it did for the target; it calls the thread main of a JVM by the program's name, java, and so it does here.
 */
final class UsdtThread {
    private static final String MAIN = "main";
    private static final String PROGRAM = "java";
    private static final UsdtRun LAST = new UsdtRun(-1, "");

    private final BlockingQueue<UsdtRun> runs = new LinkedBlockingQueue<>();
    private final Thread thread;
    private final UsdtTurns turns;
    private final Pace pace;
    private String name;
    /** Written in this thread's turns, read after {@link #join}. */
    private long passed;
    private long wanted;

    UsdtThread(final String name, final UsdtTurns turns, final Pace pace) {
        this.turns = turns;
        this.pace = pace;
        this.name = name;
        final boolean isProgram = name.equals(MAIN);
        final CountDownLatch begun = new CountDownLatch(1);
        thread = new Thread(() -> {
            begun.countDown();
            run();
        }, isProgram ? PROGRAM : name);
        thread.setDaemon(true);
        thread.start();
        if (isProgram) {
            awaitUninterrupted(begun);
            // The kernel's name changes only if a thread names itself.
            thread.setName(MAIN);
        }
    }

    private static void awaitUninterrupted(final CountDownLatch latch) {
        boolean isInterrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Gives it a run. For one thread. */
    void give(final UsdtRun run) {
        turns.announce(run.number(), thread);
        runs.add(run);
    }

    private void run() {
        turns.join();
        try {
            for (UsdtRun run = runs.take(); run != LAST; run = runs.take()) {
                fire(run);
            }
        } catch (final InterruptedException e) {
            // Nobody interrupts it.
            throw new IllegalStateException(e);
        }
    }

    private void fire(final UsdtRun run) {
        if (!run.threadName().equals(name)) {
            name = run.threadName();
            thread.setName(name);
        }
        turns.await(run.number());
        try {
            for (final UsdtEvent event : run.events()) {
                if (!pace.await(event.dueNs())) {
                    return;
                }
                wanted += event.fire() ? 1 : 0;
                passed++;
            }
        } finally {
            turns.pass(run.number());
        }
    }

    /** Waits until it has fired all that it was given, and ends it. */
    void join() throws InterruptedException {
        runs.add(LAST);
        thread.join();
    }

    /** Number of events that it has fired. */
    long passed() {
        return passed;
    }

    /** Number of those that a tracer wanted. */
    long wanted() {
        return wanted;
    }
}
