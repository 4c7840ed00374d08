// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.clock.Clock;
import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.Tsc;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program whose events say what the sampled clock's source was right before each of them, and right behind the
 * one before. In the package of the target, whose clock it reads, and whose ticker it holds up.
 */
public final class SampledProgram {
    private static final int LONGEST_BURST = 2000;
    private static final long LONGEST_PAUSE_NS = 3_000_000;
    private static final long LONGEST_HOLD_NS = 30_000_000;

    private SampledProgram() {
    }

    /** Its arguments: threads, events of each, whether they pause, whether the ticker is held up, seed. */
    public static void main(final String[] arguments) throws InterruptedException {
        final int threads = Integer.parseInt(arguments[0]);
        final int events = Integer.parseInt(arguments[1]);
        final boolean isBursty = Boolean.parseBoolean(arguments[2]);
        final Random random = new Random(Long.parseLong(arguments[4]));
        final Provider provider = Provider.named("sampled");
        final Tracepoint tracepoint = provider.tracepoint("at", Field.int64("number"), Field.int64("before"),
            Field.int64("behindLast"));
        provider.load();
        final Clock clock = LocalTarget.start().clock();
        System.out.println("ready");
        if (!provider.awaitEnabled(Duration.ofMinutes(1))) {
            System.exit(1);
        }
        if (Boolean.parseBoolean(arguments[3])) {
            holdUp(clock, new Random(random.nextLong()));
        }
        final List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final Random own = new Random(random.nextLong());
            final Thread thread = new Thread(() -> fire(tracepoint, clock, events, isBursty, own));
            thread.start();
            all.add(thread);
        }
        for (final Thread thread : all) {
            thread.join();
        }
    }

    private static void fire(final Tracepoint tracepoint, final Clock clock, final int events, final boolean isBursty,
        final Random random) {
        final boolean isCounter = clock.source().kind() == Clock.KIND_TSC;
        long behind = 0;
        int burst = isBursty ? 1 + random.nextInt(LONGEST_BURST) : events;
        for (int i = 0; i < events; i++) {
            final long before = isCounter ? Tsc.readInOrder() : System.nanoTime();
            tracepoint.fire(i, before, behind);
            behind = isCounter ? Tsc.readInOrder() : System.nanoTime();
            if (--burst == 0) {
                burst = 1 + random.nextInt(random.nextBoolean() ? 2 : LONGEST_BURST);
                LockSupport.parkNanos(random.nextInt((int) LONGEST_PAUSE_NS));
            }
        }
    }

    /** A tick takes the clock's lock: while that is held, there is none. */
    private static void holdUp(final Clock clock, final Random random) {
        final Thread thread = new Thread(() -> {
            while (true) {
                synchronized (clock) {
                    final long until = System.nanoTime() + random.nextInt((int) LONGEST_HOLD_NS);
                    while (System.nanoTime() - until < 0) {
                        LockSupport.parkNanos(LONGEST_HOLD_NS / 100);
                    }
                }
                LockSupport.parkNanos(random.nextInt((int) LONGEST_HOLD_NS));
            }
        });
        thread.setDaemon(true);
        thread.start();
    }
}
