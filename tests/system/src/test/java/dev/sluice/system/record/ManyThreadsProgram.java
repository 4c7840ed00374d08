// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program whose threads are virtual where the JDK has such threads, and platform threads elsewhere. Once it is
 * traced, it starts all of them; each fires some events with its own id as the first number, and gives up its carrier
 * after each. At the end it says how many fires have returned true, and on how many carriers.
 * <pre>
 *  THREADS EVENTS
 * </pre>
 */
final class ManyThreadsProgram {
    /** Whether its threads are virtual. */
    static final boolean IS_VIRTUAL = Runtime.version().feature() >= 21;

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final Provider provider = Provider.named("many");
    private final Tracepoint number = provider.tracepoint("number", int64("thread"), int64("index"));
    private final Tracepoint text = provider.tracepoint("text", string("label"), int64("thread"), int64("index"));
    private final LongAdder fired = new LongAdder();
    private final Set<String> carriers = ConcurrentHashMap.newKeySet();
    private final int events;
    private final CountDownLatch running;

    private ManyThreadsProgram(final int threads, final int events) {
        this.events = events;
        this.running = new CountDownLatch(threads);
    }

    /** What the text of an event is. */
    static String label(final long thread, final long index) {
        return "thread " + thread + " fires its event " + index;
    }

    /** The program. */
    public static void main(final String[] arguments) throws InterruptedException, ReflectiveOperationException {
        final int threads = Integer.parseInt(arguments[0]);
        final ManyThreadsProgram program = new ManyThreadsProgram(threads, Integer.parseInt(arguments[1]));
        program.provider.load();
        System.out.println("ready");
        if (!program.provider.awaitEnabled(TIMEOUT)) {
            System.exit(1);
        }
        program.run(threads);
        System.out.println("fired " + program.fired.sum() + " on " + program.carriers.size());
    }

    private void run(final int threads) throws InterruptedException, ReflectiveOperationException {
        final List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            // Compiled for Java 17, which does not know the method.
            if (IS_VIRTUAL) {
                all.add((Thread) Thread.class.getMethod("startVirtualThread", Runnable.class)
                    .invoke(null, (Runnable) this::fireSome));
            } else {
                all.add(new Thread(this::fireSome));
                all.get(i).start();
            }
        }
        for (final Thread thread : all) {
            thread.join();
        }
    }

    private void fireSome() {
        final Thread thread = Thread.currentThread();
        final long id = thread.getId();
        final String name = thread.toString();
        carriers.add(IS_VIRTUAL ? name.substring(name.indexOf('@') + 1) : name);
        running.countDown();
        for (long i = 0; i < events; i++) {
            while (!(i % 2 == 0 ? number.fire(id, i) : text.fire(label(id, i), id, i))) {
                // A consumer that the machine has kept waiting too long is back soon.
                Thread.yield();
            }
            fired.increment();
            if (i == 0) {
                LockSupport.parkNanos(1);
            } else {
                Thread.yield();
            }
        }
        if (!IS_VIRTUAL) {
            awaitOthers();
        }
    }

    /** No platform thread dies before all have fired: then each needs a ring of its own. */
    private void awaitOthers() {
        try {
            running.await();
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
