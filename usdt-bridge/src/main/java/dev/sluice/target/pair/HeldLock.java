// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;

/**
 * Who may use some {@link HeldEvents}. Any thread. It is released by stores to its fields, {@link #virtual} first: a
 * call may fail where the stack is full, and all others would wait.
 */
final class HeldLock {
    static final int FREE = 0;
    static final int OWNER = 1;
    private static final int OTHER = 2;
    private static final int SPINS = 100;
    private static final int YIELDS = 1000;
    private static final int VIRTUAL_YIELDS = SPINS + 10;
    private static final long PARK_NS = 500_000;
    private static final long OWNER_WAIT_NS = 1_000_000_000;
    private static final AtomicIntegerFieldUpdater<HeldLock> STATE =
        AtomicIntegerFieldUpdater.newUpdater(HeldLock.class, "state");
    private static final AtomicReferenceFieldUpdater<HeldLock, Thread> VIRTUAL =
        AtomicReferenceFieldUpdater.newUpdater(HeldLock.class, Thread.class, "virtual");

    volatile int state;
    /** The virtual thread that has the lock. Only that thread finds itself here. */
    volatile Thread virtual;

    /**
     * Takes the lock for the owner.
     *
     * @param current the calling virtual thread, which then stores itself as the one that has the lock; or null
     * @return whether it has the lock: not if another thread has it for a second
     */
    boolean takeForOwner(final Thread current) {
        boolean isTaken = STATE.compareAndSet(this, FREE, OWNER);
        if (isTaken) {
            return true;
        }
        // A carrier runs virtual threads that yield in turn, and does not look for one that has been woken meanwhile.
        final int yields = current == null ? YIELDS : VIRTUAL_YIELDS;
        boolean hasParked = false;
        boolean wasInterrupted = false;
        long beginNs = 0;
        try {
            for (int i = 0; !isTaken; i++) {
                if (i < SPINS) {
                    Thread.onSpinWait();
                } else if (i < yields) {
                    Thread.yield();
                } else {
                    beginNs = hasParked ? beginNs : System.nanoTime();
                    hasParked = true;
                    if (System.nanoTime() - beginNs > OWNER_WAIT_NS) {
                        break;
                    }
                    // An interrupted virtual thread does not park, and to interrupt it gives it a permit: that is done
                    // again when all is over.
                    wasInterrupted |= current != null && Thread.interrupted();
                    LockSupport.parkNanos(PARK_NS);
                }
                isTaken = STATE.compareAndSet(this, FREE, OWNER) || hasParked && takeOver(current);
            }
            if (hasParked) {
                // As in RingProducer: the application's own permit may have been used up.
                LockSupport.unpark(Thread.currentThread());
            }
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
            return isTaken;
        } catch (final VirtualMachineError e) {
            if (isTaken) {
                virtual = null;
                state = FREE;
            }
            if (wasInterrupted) {
                Thread.currentThread().interrupt();
            }
            throw e;
        }
    }

    /** Takes the lock of a virtual thread that has ended: no thread that is dead comes back to this field. */
    private boolean takeOver(final Thread current) {
        final Thread holder = virtual;
        return holder != null && !holder.isAlive() && VIRTUAL.compareAndSet(this, holder, current);
    }

    /** Takes the lock for another thread than the owner, if nobody has it. */
    boolean tryTake() {
        return STATE.compareAndSet(this, FREE, OTHER);
    }

    /** Takes the lock for another thread than the owner, unless the owner has it until then, as under BLOCK. */
    boolean take(final long deadlineNs) {
        while (!tryTake() && !takeOver(null)) {
            if (System.nanoTime() - deadlineNs >= 0) {
                return false;
            }
            LockSupport.parkNanos(PARK_NS);
        }
        return true;
    }
}
