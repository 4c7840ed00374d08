// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import dev.sluice.target.jvm.Privileged;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory rings may have: at most {@code sluice.region.memory}, and at most a quarter of the sum of what they
 * have and what cgroups and machine leave. So tracing alone never makes a container reach its limit, and the
 * application keeps the rest. The free memory is read again regularly, because limits and applications change. Any
 * thread.
 */
public final class MemoryBudget {
    private static final int SHARE_OF_MACHINE = 4;
    private static final int SHARE_OF_REST = 8;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final long limitBytes;
    private final MachineMemory machine;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile long ceiling;
    private volatile long lookedAtNs;
    private volatile String bound = "";

    MemoryBudget(final long limitBytes, final MachineMemory machine) {
        this.limitBytes = limitBytes;
        this.machine = machine;
        look();
    }

    /** Reads how much memory is free now. */
    public synchronized void look() {
        final long before = taken.get();
        final long share = (before + Privileged.call(machine::leftBytes)) / SHARE_OF_MACHINE;
        bound = share < limitBytes ? "a quarter of what " + machine.tightest() + " leaves"
            : "sluice.region.memory=" + limitBytes;
        ceiling = Math.min(limitBytes, share);
        lookedAtNs = System.nanoTime();
        changes.incrementAndGet();
    }

    private long ceiling() {
        if (System.nanoTime() - lookedAtNs > LOOK_NS) {
            lookOnce();
        }
        return ceiling;
    }

    private synchronized void lookOnce() {
        if (System.nanoTime() - lookedAtNs > LOOK_NS) {
            look();
        }
    }

    /**
     * Takes memory, if there is enough.
     *
     * @param reserveBytes what must be left for others afterwards; if there is little memory in all, at most half of it
     *                     is reserved
     */
    boolean take(final long bytes, final long reserveBytes) {
        final long greatest = ceiling();
        final long most = greatest - Math.min(reserveBytes, greatest / 2);
        long now;
        do {
            now = taken.get();
            if (now + bytes > most) {
                return false;
            }
        } while (!taken.compareAndSet(now, now + bytes));
        return true;
    }

    /**
     * Takes memory for a ring that has much already: such a ring may have at most an eighth of what all rings may have.
     *
     * @param ownBytes what the ring has already
     */
    boolean takeShare(final long ownBytes, final long bytes, final long reserveBytes) {
        final long greatest = ceiling();
        final long rest = greatest - Math.min(reserveBytes, greatest / 2) - taken.get();
        return ownBytes + bytes <= (rest + ownBytes) / SHARE_OF_REST && take(bytes, reserveBytes);
    }

    void giveBack(final long bytes) {
        taken.addAndGet(-bytes);
        changes.incrementAndGet();
    }

    /** Gives back memory that was taken here but that the kernel had no page for. */
    void neverHad(final long bytes) {
        taken.addAndGet(-bytes);
    }

    /** A count that goes up whenever a request that was refused may now succeed. */
    int changes() {
        return changes.get();
    }

    /** Whether the budget has no room for so many more bytes. */
    public boolean isUsedUp(final long bytes) {
        return taken.get() + bytes > ceiling;
    }

    /** Whether rings have more memory than they may have now. */
    public boolean isExceeded() {
        return taken.get() > ceiling;
    }

    public long takenBytes() {
        return taken.get();
    }

    /** How much memory rings may have at most, by the last look, and why. */
    @Override
    public String toString() {
        return "rings have " + taken.get() + " bytes of " + ceiling + ", which is " + bound;
    }
}
