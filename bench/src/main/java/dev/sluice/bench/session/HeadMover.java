// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.region.Slot;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A consumer in this process that throws everything away: it takes the session in shared mode and moves every head up
 * to its tail. So a producer meets the same as in production, a head that another core moves, but without the cost of
 * storing.
 */
public final class HeadMover implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    /**
     * Sleep between two looks. A thread that spins would slow the owner on a machine whose two processors share one
     * core. The ring is long enough for this time.
     */
    private static final long PERIOD_NS = 100_000;

    private final Target target;
    private final Session session;
    private final Slot[] slots;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile long moved;

    /** Takes the session and enables everything that matches, under BLOCK. */
    public HeadMover(final String... patterns) {
        target = TargetFinder.open(ProcessHandle.current().pid()).get(0);
        session = Session.take(target, TIMEOUT_NS);
        slots = new Slot[target.region().slotCount()];
        final Command.Answer answer = session.command(Command.Kind.ENABLE, new Command.Enable(
            Command.Source.SHARED, FullPolicy.BLOCK, false, 0, TIMEOUT_NS, TIMEOUT_NS, List.of(patterns))
            .encode(), TIMEOUT_NS);
        if (answer == null || answer.result() != Command.Result.OK || answer.count() == 0) {
            throw new IllegalStateException("nothing enabled: patterns=" + List.of(patterns) + " answer=" + answer);
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

    /** Each slot object is made once, because everything that this thread allocates would be counted for the owner. */
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
        // Head is moved only to the chunk's begin, because the owner waits for whole chunks.
        final long begin = slot.chunkBegin(tail);
        if (head >= begin || !slot.compareAndSetHeadWord(word, Slot.headWord(session.epoch(), begin))) {
            return false;
        }
        moved += begin - head;
        return true;
    }

    /** Bytes passed over: proof that events were written. */
    public long movedBytes() {
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
