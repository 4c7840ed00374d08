// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.consumer.session.Session;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.Command;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.Slot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A consumer in this process that throws everything away: it takes the session in shared mode and moves every head up
 * to
 * its tail. So a producer meets what production has, a head that another core moves, with no cost of storing.
 */
final class HeadMover implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    /**
     * Between looks, asleep: a thread that spins takes from the owner what two processors share, on a machine whose two
     * are one core's. The ring is long enough for that.
     */
    private static final long PERIOD_NS = 100_000;

    private final Target target;
    private final Session session;
    private final Slot[] slots;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile long moved;

    /** Takes the session and enables everything that matches, under BLOCK. */
    HeadMover(final String pattern) {
        target = TargetFinder.open(ProcessHandle.current().pid()).get(0);
        session = Session.take(target, TIMEOUT_NS);
        slots = new Slot[target.region().slotCount()];
        final Command.Answer answer = session.command(Command.KIND_ENABLE, new Command.Enable(
            Command.Enable.SOURCE_SHARED, FullPolicy.BLOCK, false, 0, TIMEOUT_NS, TIMEOUT_NS, List.of(pattern))
            .encode(), TIMEOUT_NS);
        if (answer == null || answer.result() != Command.RESULT_OK || answer.count() == 0) {
            throw new IllegalStateException("nothing enabled: pattern=" + pattern + " answer=" + answer);
        }
        thread = new Thread(this::run, "head-mover");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!stopped) {
            boolean any = false;
            for (int i = 0; i < target.region().slotLimit(); i++) {
                any |= move(slot(i));
            }
            if (!any) {
                LockSupport.parkNanos(PERIOD_NS);
            }
        }
    }

    /** Each made once: what this thread allocates would count as the owner's. */
    private Slot slot(final int index) {
        if (slots[index] == null) {
            slots[index] = target.region().slot(index);
        }
        return slots[index];
    }

    private boolean move(final Slot slot) {
        final long tail = slot.tailAcquire();
        final long word = slot.headWordVolatile();
        final long head = slot.position(word, tail);
        if (head >= tail) {
            return false;
        }
        // To the chunk's begin only: the owner waits for whole chunks.
        final long begin = slot.chunkBegin(tail);
        if (head >= begin || !slot.compareAndSetHeadWord(word, Slot.headWord(session.epoch(), begin))) {
            return false;
        }
        moved += begin - head;
        return true;
    }

    /** Bytes passed over: proof that events were written. */
    long movedBytes() {
        return moved;
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        session.close();
        target.close();
    }
}
