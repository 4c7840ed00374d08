// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.os.ThreadScheduling;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Gives the runs of all threads their turns, in the order of their numbers. What a thread did in its turn happens
 * before what the next thread does in the next turn. Any thread.
 * <p>
 * The threads share one processor, and only the one whose turn it is is awake. When it ends its turn and goes to sleep
 * the next one follows in its place within microseconds. On a processor of its own the next one would first have to be
 * woken, which takes some 100 us in a virtual machine; and threads that wait awake take the processors from the one
 * whose turn it is, from who reads the trace, and from the tracer.
 */
final class UsdtTurns {
    /** How many runs may be waiting for their turn. A power of two. */
    static final int MOST_RUNS = 256;

    private static final long ROOM_NS = TimeUnit.MICROSECONDS.toNanos(100);
    /** A thread is woken for its turn, so it looks by itself in case of a fault only. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long READ_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final AtomicReferenceArray<Thread> owners = new AtomicReferenceArray<>(MOST_RUNS);
    private volatile long turn;
    private volatile Thread reader;
    /** The reader waits until this run's turn would come. */
    private volatile long readersRun;
    /** The processor that the threads share, by its number; negative if they may run on this one only, or on any. */
    private final int processor = sharedProcessor();

    /** The last one: interrupts come to the first one more often. */
    private static int sharedProcessor() {
        final BitSet processors = ThreadScheduling.processors();
        return processors.cardinality() > 1 ? processors.length() - 1 : -1;
    }

    /** Brings the calling thread to where those are that take turns; to be called before its first turn. */
    void join() {
        if (processor >= 0) {
            // A kernel that refuses it, as in a sandbox, costs precision only.
            ThreadScheduling.keepOn(processor);
        }
    }

    /** Says which thread has a run; to be called before the thread gets it. */
    void announce(final long run, final Thread owner) {
        owners.set((int) (run & MOST_RUNS - 1), owner);
    }

    /** Waits until so many runs at most are not over. */
    void awaitRoom(final long nextRun, final int most) {
        while (nextRun - turn >= most) {
            LockSupport.parkNanos(ROOM_NS);
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
        while (turn != run) {
            LockSupport.parkNanos(this, LOOK_NS);
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
