// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import static dev.sluice.trace.Field.int64;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Region;
import dev.sluice.ring.region.Slot;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An application in a process of its own: declares a tracepoint, enables it as a consumer would if it can be, fires
 * from
 * threads that live until all have fired, says what came of it and ends in order.
 * <pre>StartChild THREADS EVENTS [drained]</pre>
 */
public final class StartChild {
    private StartChild() {
    }

    public static void main(final String[] arguments) throws Exception {
        final int threads = Integer.parseInt(arguments[0]);
        final int events = Integer.parseInt(arguments[1]);
        final Provider provider = Provider.named("start");
        final Tracepoint tracepoint = provider.tracepoint("t", int64("a"));
        provider.load();
        final LocalTarget target = LocalTarget.start();
        if (target != null) {
            enable(target.memory().controlFile());
        }
        final AtomicLong fired = new AtomicLong();
        final CountDownLatch done = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            final Thread thread = new Thread(() -> {
                for (int j = 0; j < events; j++) {
                    if (tracepoint.fire(j)) {
                        fired.incrementAndGet();
                    }
                }
                done.countDown();
                try {
                    Thread.sleep(Duration.ofMinutes(10).toMillis());
                } catch (final InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        done.await();
        System.out.println(target == null ? "off fired " + fired : "on fired " + fired + " refused "
            + target.memory().refusedCount(RefusalCause.NO_MEMORY) + " rings " + rings(target));
        if (arguments.length > 2 && target != null) {
            drain(target);
        }
    }

    private static void enable(final ControlFile control) throws InterruptedException {
        // Until the process ends.
        ConsumerLife.begin(1);
        control.compareAndSetSession(0, TaggedWord.of(1, 1));
        control.compareAndSetHeartbeat(0, TaggedWord.of(1, System.nanoTime() / 1000));
        final Command command = new Command(1, Command.Kind.ENABLE, 1, new Command.Enable(Command.Source.BPF,
            null, false, 1 << 20, 0, Duration.ofMinutes(1).toNanos(), List.of("*:*")).encode());
        command.send(control);
        while (Command.answer(control, command.word()) == null) {
            Thread.sleep(1);
        }
    }

    /** Rings with events. */
    private static int rings(final LocalTarget target) throws Exception {
        final Region region = target.memory().region();
        int rings = 0;
        for (int i = 0; i < region.slotLimit(); i++) {
            rings += region.slot(i).tailAcquire() > 0 ? 1 : 0;
        }
        return rings;
    }

    /** Moves every head to its tail, as drains would. */
    private static void drain(final LocalTarget target) throws Exception {
        final Region region = target.memory().region();
        for (int i = 0; i < region.slotLimit(); i++) {
            region.slot(i).putHeadWordVolatile(Slot.headWord(1, region.slot(i).tailAcquire()));
        }
    }
}
