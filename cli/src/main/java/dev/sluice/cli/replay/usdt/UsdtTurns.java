// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Gives the runs of all threads their turns, in the order of their numbers. What a thread did in its turn happens
 * before what the next thread does in the next turn. Any thread.
 */
final class UsdtTurns {
    /** How many runs may be waiting for their turn. A power of two. */
    static final int MOST_RUNS = 256;

    private static final int SPINS = 2_000;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long READ_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final AtomicReferenceArray<Thread> owners = new AtomicReferenceArray<>(MOST_RUNS);
    private volatile long turn;
    private volatile Thread reader;
    /** The reader waits until this run's turn would come. */
    private volatile long readersRun;

    /** Says which thread has a run; to be called before the thread gets it. */
    void announce(final long run, final Thread owner) {
        owners.set((int) (run & MOST_RUNS - 1), owner);
    }

    /** Waits until so many runs at most are not over. */
    void awaitRoom(final long nextRun, final int most) {
        while (nextRun - turn >= most) {
            LockSupport.parkNanos(LOOK_NS / 10);
        }
    }

    /** Waits until all runs before this one are over, or for a moment. Returns whether they are. For one thread. */
    boolean awaitOver(final long nextRun) {
        reader = Thread.currentThread();
        readersRun = nextRun;
        if (nextRun != turn) {
            LockSupport.parkNanos(READ_NS);
        }
        return nextRun == turn;
    }

    /** Waits for a run's turn. */
    void await(final long run) {
        for (int spin = 0; turn != run; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(this, LOOK_NS);
            }
        }
    }

    /** Ends a run's turn and begins that of the next one. */
    void pass(final long run) {
        turn = run + 1;
        LockSupport.unpark(owners.get((int) (run + 1 & MOST_RUNS - 1)));
        if (run + 1 == readersRun) {
            LockSupport.unpark(reader);
        }
    }
}
