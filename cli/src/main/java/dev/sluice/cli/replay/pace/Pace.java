// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.pace;

import java.io.Flushable;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets each event pass when it is due, and measures how late it is. Due times count from the first event. A late event
 * passes at once, and the due times of those that follow stay where they are, so an error does not grow.
 * <p> {@link #dueNs} is for the one thread that reads the trace; {@link #await} is for one thread at a time.
 */
public final class Pace {
    /**
     * The last part of a wait keeps the processor. It is as long as the kernel was late to wake a thread lately, and
     * never shorter or longer than these. The kernel is some 100 us late by itself, and more where a virtual machine's
     * processor has to be woken first.
     */
    private static final long LEAST_SPIN_NS = TimeUnit.MICROSECONDS.toNanos(150);
    private static final long MOST_SPIN_NS = TimeUnit.MICROSECONDS.toNanos(1500);
    /** How the kernel wakes threads here is found out by so many sleeps of such a length. */
    private static final int TRIALS = 10;
    private static final long TRIAL_NS = TimeUnit.MILLISECONDS.toNanos(1);
    /** Each sleep in which the kernel was in time shortens that part by so little. */
    private static final int SPIN_DECAY = 512;
    /** Who reads ahead need not read further. */
    private static final long FAR_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** The longest sleep after which a replay looks whether it is to end. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /**
     * The first event is due so long after it was read: who passes it on has to be there by then. A thread that fires
     * it starts meanwhile, and is given the events behind it.
     */
    private static final long LEAD_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final ReplaySpeed speed;
    private final ReplayClock clock;
    private final BooleanSupplier isToEnd;
    private final long leadNs;
    private final Lateness lateness = new Lateness();
    private boolean hasBegun;
    private long firstNs;
    private long lastNs;
    private long beginNs;
    /** Threads that approach a time at once may overwrite what another one has found; the next sleep finds it again. */
    private volatile long spinNs = LEAST_SPIN_NS;

    private Pace(final ReplaySpeed speed, final ReplayClock clock, final BooleanSupplier isToEnd, final long leadNs) {
        this.speed = speed;
        this.clock = clock;
        this.isToEnd = isToEnd;
        this.leadNs = leadNs;
    }

    /**
     * Makes a pace whose first event is due at once.
     *
     * @param isToEnd whether the replay is to end now
     */
    public Pace(final ReplaySpeed speed, final ReplayClock clock, final BooleanSupplier isToEnd) {
        this(speed, clock, isToEnd, 0);
    }

    /** Makes a pace whose first event is due when those who pass it on have had a moment to begin. */
    public static Pace withLead(final ReplaySpeed speed, final ReplayClock clock, final BooleanSupplier isToEnd) {
        return new Pace(speed, clock, isToEnd, LEAD_NS);
    }

    /**
     * When an event is due on the replay's clock. An event that was fired before the one before it, by the clock of
     * another target, is due together with that.
     *
     * @param eventNs when the event was fired, ns
     * @return {@link Long#MIN_VALUE} if it is due at once
     */
    public long dueNs(final long eventNs) {
        if (speed.isMax()) {
            return Long.MIN_VALUE;
        }
        if (!hasBegun) {
            hasBegun = true;
            firstNs = eventNs;
            lastNs = eventNs;
            beginNs = clock.nowNs() + leadNs;
        }
        lastNs = Math.max(lastNs, eventNs);
        return beginNs + Math.round((lastNs - firstNs) / speed.factor());
    }

    /** Finds out how late the kernel wakes threads here, so that the first events need not be late for it. */
    public void learn() {
        for (int i = 0; i < TRIALS && !isToEnd.getAsBoolean(); i++) {
            sleepFor(TRIAL_NS);
        }
    }

    /** How long the replay has taken on its clock since the first event was due, ns; 0 if there was none. */
    public long elapsedNs() {
        return hasBegun ? Math.max(0, clock.nowNs() - beginNs) : 0;
    }

    /** As {@link #await(long, Flushable, BooleanSupplier)} does, where there is nothing to flush. */
    public boolean await(final long dueNs) {
        try {
            return await(dueNs, () -> { }, () -> false);
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Waits until an event is due.
     *
     * @param beforeWait  is flushed if the event is not due yet
     * @param isAbandoned asked now and then during a wait: whether the replay is to end
     * @return false if the replay is to end
     * @throws IOException if flushing fails
     */
    public boolean await(final long dueNs, final Flushable beforeWait, final BooleanSupplier isAbandoned)
        throws IOException {
        boolean isFlushed = false;
        while (!clock.isDue(dueNs)) {
            if (!isFlushed) {
                beforeWait.flush();
                isFlushed = true;
            }
            if (!sleep(dueNs) && (isToEnd.getAsBoolean() || isAbandoned.getAsBoolean())) {
                return false;
            }
        }
        if (dueNs != Long.MIN_VALUE) {
            lateness.record(clock.nowNs() - dueNs);
        }
        return !isToEnd.getAsBoolean();
    }

    /** Whether an event is due so late that nobody need be ready for it now. */
    public boolean isFar(final long dueNs) {
        return dueNs != Long.MIN_VALUE && dueNs - clock.nowNs() > FAR_NS;
    }

    /** Sleeps, but not for long; returns true instead if the time is near. */
    private boolean sleep(final long dueNs) {
        final boolean isPaused = clock.isStopped();
        final long leftNs = dueNs == Long.MIN_VALUE ? 0 : dueNs - clock.nowNs();
        final long spin = spinNs;
        if (!isPaused && leftNs <= spin) {
            Thread.onSpinWait();
            return true;
        }
        if (isPaused) {
            LockSupport.parkNanos(LOOK_NS);
            return false;
        }
        sleepFor(Math.min(LOOK_NS, leftNs - spin));
        return false;
    }

    /** Sleeps, and learns from it. */
    private void sleepFor(final long sleepNs) {
        final long spin = spinNs;
        final long wakeNs = System.nanoTime() + sleepNs;
        LockSupport.parkNanos(sleepNs);
        final long lateNs = System.nanoTime() - wakeNs;
        final long neededNs = Math.max(lateNs + lateNs / 4, spin - spin / SPIN_DECAY);
        spinNs = Math.min(MOST_SPIN_NS, Math.max(LEAST_SPIN_NS, neededNs));
    }

    /** Whether the replay is to end. */
    public boolean isToEnd() {
        return isToEnd.getAsBoolean();
    }

    /** How late the events were that have passed. */
    public Lateness lateness() {
        return lateness;
    }
}
