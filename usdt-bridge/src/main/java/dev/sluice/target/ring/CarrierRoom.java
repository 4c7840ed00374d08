// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.target.session.LiveSession;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Where a virtual thread waits for room in the ring of its carrier. Any virtual thread. */
final class CarrierRoom {
    private static final long ROOM_WAIT_NS = 20_000;
    private static final int POLLING_THREADS = 8;

    private final LiveSession session;
    private final int room;
    private final Supplier<RingProducer> carriersRing;
    private final Supplier<RingProducer> known;
    private final Semaphore polling = new Semaphore(POLLING_THREADS, true);

    /**
     * Begins with nobody waiting.
     *
     * @param room         bytes of the open chunk that are enough
     * @param carriersRing finds the ring of the carrier, or claims one
     * @param known        finds the ring of the carrier, or null
     */
    CarrierRoom(final LiveSession session, final int room, final Supplier<RingProducer> carriersRing,
        final Supplier<RingProducer> known) {
        this.session = session;
        this.room = room;
        this.carriersRing = carriersRing;
        this.known = known;
    }

    /**
     * Under BLOCK a virtual thread waits here, before its claim, and the ring is looked up again afterwards, because
     * the thread may be on another carrier then. Meanwhile the carrier runs other virtual threads. Only an event that
     * is longer than the room which this method waits for may still have to wait in its claim; then the carrier waits
     * too.
     */
    RingProducer withRoom(final RingProducer full) {
        if (session.current().policy() != FullPolicy.BLOCK) {
            return full;
        }
        if (session.isConsumerStalled() && full.discardAgain()) {
            return null;
        }
        final long begin = System.nanoTime();
        full.drainFull();
        boolean hasRoom = !full.isNearlyFull(room);
        if (!hasRoom && session.isConsumerStalled()) {
            // This thread has not waited, so the ring is still that of its carrier.
            full.discardFull();
            return null;
        }
        if (!hasRoom) {
            try (PutOffInterrupt interrupt = new PutOffInterrupt()) {
                hasRoom = awaitTurn(begin, interrupt);
            } finally {
                // As in RingProducer: the application's own permit may have been used up.
                LockSupport.unpark(Thread.currentThread());
            }
        }
        // From here on this thread does not wait.
        final RingProducer ring = carriersRing.get();
        if (ring != null) {
            ring.blocked(System.nanoTime() - begin);
            if (!hasRoom) {
                ring.discardFull();
            }
        }
        return hasRoom ? ring : null;
    }

    /** Waits for this thread's turn to poll, and polls: a hundred thousand threads must not all look at the time. */
    private boolean awaitTurn(final long beginNs, final PutOffInterrupt interrupt) {
        boolean isPolling = false;
        for (long left = leftNs(beginNs); !isPolling && left > 0; left = leftNs(beginNs)) {
            try {
                interrupt.putOff();
                isPolling = polling.tryAcquire(left, TimeUnit.NANOSECONDS);
            } catch (final InterruptedException e) {
                interrupt.hasCome();
            }
        }
        try {
            return awaitRoom(beginNs, interrupt);
        } finally {
            if (isPolling) {
                polling.release();
            }
        }
    }

    private long leftNs(final long beginNs) {
        return session.current().blockTimeoutNs() - (System.nanoTime() - beginNs);
    }

    /**
     * Waits until the carrier that the thread is on by then has room or has no ring yet, or until there is no session.
     * False after the timeout, or when the consumer is stale.
     */
    private boolean awaitRoom(final long beginNs, final PutOffInterrupt interrupt) {
        while (session.isActive()) {
            final RingProducer ring = known.get();
            if (ring == null) {
                // The ring is not claimed here: if a claim fails, the event counts as refused, and it must be counted
                // once only.
                return true;
            }
            ring.drainFull();
            if (!ring.isNearlyFull(room)) {
                return true;
            }
            if (leftNs(beginNs) <= 0 || session.isConsumerStalled()) {
                return false;
            }
            interrupt.putOff();
            LockSupport.parkNanos(ROOM_WAIT_NS);
        }
        return true;
    }

    /**
     * Keeps interrupts of the calling thread until it has stopped waiting. An interrupted thread does not park. If it
     * yielded instead, its carrier would not look for a thread that has been woken elsewhere, which may be the one that
     * makes room.
     */
    private static final class PutOffInterrupt implements AutoCloseable {
        private boolean hasCome;

        void putOff() {
            hasCome |= Thread.interrupted();
        }

        void hasCome() {
            hasCome = true;
        }

        /** Interrupts the thread again. */
        @Override
        public void close() {
            if (hasCome) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
